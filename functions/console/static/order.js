// The order page: when its body follows what happened, nothing that the person is doing is lost.
"use strict";
(() => {
  const QUIET_MS = 15000, AGAIN_MS = 5000;
  const body = document.getElementById("order-body");
  let waits = false, next = 0, touched = 0, kept = null;

  // Somebody chooses, types or marks text in it: the body waits, but not for ever.
  const isBusy = () => {
    if (Date.now() - touched > QUIET_MS) return false;
    const field = document.activeElement?.closest("select, input, textarea"), marked = document.getSelection();
    return Boolean((field && body.contains(field)) || (marked && !marked.isCollapsed && body.contains(marked.anchorNode)));
  };
  const later = (ms) => { waits = true; next = Date.now() + ms; };
  for (const name of ["pointerdown", "keydown", "input"]) body.addEventListener(name, () => { touched = Date.now(); });
  document.addEventListener("selectionchange", () => { if (body.contains(document.getSelection()?.anchorNode ?? null)) touched = Date.now(); });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== body) return;
    waits = false;
    if (!isBusy()) return;
    event.preventDefault();
    later(1000);
  });
  // What was not answered is asked again.
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => { if (event.detail.elt === body) later(AGAIN_MS); });
  }
  setInterval(() => { if (waits && !document.hidden && Date.now() >= next && !isBusy()) htmx.trigger(document.body, "order-changed"); }, 1000);

  const every = (what) => [...body.querySelectorAll(what)];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== body) return;
    kept = {
      open: new Map(every("details[id]").map((one) => [one.id, one.open])),
      values: new Map(every("select[id]").map((one) => [one.id, one.value])),
      places: new Map(every(".scroll[id]").map((one) => [one.id, one.scrollLeft])),
      y: scrollY,
    };
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== body || !kept) return;
    for (const one of every("details[id]")) if (kept.open.has(one.id)) one.open = kept.open.get(one.id);
    for (const one of every("select[id]")) {
      const value = kept.values.get(one.id);
      if ([...one.options].some((option) => option.value === value)) one.value = value;
    }
    for (const one of every(".scroll[id]")) one.scrollLeft = kept.places.get(one.id) ?? 0;
    scrollTo({ top: kept.y, behavior: "instant" });
    kept = null;
  });
})();
