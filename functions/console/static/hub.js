// Keyboard, countdowns and the decision queue. Everything works without it too, by links and forms.
"use strict";
(() => {
  const typing = (at) => at.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const places = { d: "/decisions", h: "/health", o: "/orders", p: "/packing", r: "/rules" };
  let waitsForPlace = 0;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const box = typing(event.target);
    if (box) {
      if (event.key === "Escape") box.blur();
      return;
    }
    if (Date.now() - waitsForPlace < 1000 && places[event.key]) {
      waitsForPlace = 0;
      location.href = places[event.key];
      return;
    }
    if (event.key === "g") waitsForPlace = Date.now();
    else if (event.key === "/") document.getElementById("find")?.focus();
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (!queueKey(event)) return;
    event.preventDefault();
  });

  const rows = () => [...document.querySelectorAll("#queue li[data-card]")];
  const current = () => document.querySelector("#card article[data-card]")?.dataset.card ?? "";

  function queueKey(event) {
    if (!document.getElementById("queue")) return false;
    const all = rows();
    const at = all.findIndex((row) => row.dataset.card === current());
    if (event.key === "j" || event.key === "k") open(all[Math.min(all.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))]);
    else if (event.key === "x" && at >= 0) all[at].querySelector("input").click();
    else if (event.key === "u") document.querySelector("#card [data-undo]")?.click();
    else if (/^[1-9]$/.test(event.key)) choose(event.key);
    else if (event.key === "Enter" && event.target.type === "radio") event.target.form.requestSubmit();
    else return false;
    return true;
  }

  function open(row) {
    if (!row) return;
    htmx.ajax("GET", row.querySelector("a").getAttribute("hx-get"), { target: "#card" });
    row.scrollIntoView({ block: "nearest" });
  }

  function choose(digit) {
    const radio = document.querySelector(`#card input[data-key="${digit}"]`);
    if (!radio || radio.disabled) return;
    radio.checked = true;
    const field = radio.closest(".option").querySelector(".parameters input, .parameters select");
    (field ?? radio).focus();
  }

  function mark() {
    const selected = current();
    for (const row of rows()) row.classList.toggle("current", row.dataset.card === selected);
  }

  // A list that is asked for anew keeps what was selected.
  let chosen = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id === "queue") chosen = new Set([...document.querySelectorAll("#queue input:checked")].map((box) => box.value));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "queue") for (const box of document.querySelectorAll("#queue input")) box.checked = chosen.has(box.value);
    mark();
    countDown();
  });
  // Nobody looks: nothing is asked.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.requestConfig.verb === "get" && event.detail.elt.matches("[hx-trigger*=every]")) event.preventDefault();
    else if (event.detail.target?.id === "card" || event.detail.requestConfig.verb !== "get") document.getElementById("notice").replaceChildren();
  });
  document.addEventListener("htmx:sendError", () => notice(document.documentElement.lang === "en" ? "No connection. Nothing was changed." : "没有连接, 没有任何改动。"));

  function notice(text) {
    const line = document.createElement("p");
    line.className = "notice";
    line.textContent = text;
    document.getElementById("notice").replaceChildren(line);
  }

  function written(ms) {
    const seconds = Math.floor(Math.abs(ms) / 1000);
    for (const [size, unit, small, name] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
      if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ${Math.floor((seconds % size) / small)} ${name}`;
    }
    return `${seconds} s`;
  }

  function countDown() {
    const over = document.documentElement.lang === "en" ? "over " : "超时 ";
    for (const one of document.querySelectorAll("[data-due]")) {
      const ms = Number(one.dataset.due) - Date.now();
      one.textContent = (ms < 0 ? over : "") + written(ms);
      one.classList.toggle("over", ms < 0);
      one.classList.toggle("soon", ms >= 0 && ms < 900000);
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "shop-switch") event.target.form.requestSubmit();
  });
  // A tap elsewhere closes what "more" opened.
  document.addEventListener("click", (event) => {
    const more = document.querySelector(".more[open]");
    if (more && !more.contains(event.target)) more.open = false;
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.documentElement.classList.add("js");
    mark();
    countDown();
    setInterval(countDown, 1000);
  });
})();
