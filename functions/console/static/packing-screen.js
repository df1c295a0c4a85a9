// The packing station's screen: draws what is told to it. `does`: took(at), chose(product), aside().
"use strict";
const PackingScreen = (state, does) => {
  const L = PackingLogic, W = PackingWords;
  const { t } = W;
  const FRESH_MS = 15 * 60000, MOST_ROWS = 100;
  const by = (id) => document.getElementById(id);

  function node(name, values, ...children) {
    const made = Object.assign(document.createElement(name), values);
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  const button = (className, textContent, onclick, id = "") => node("button", { type: "button", className, textContent, onclick, id });
  // What a scan shows is at the top, wherever the list was scrolled to.
  function edge(kind) {
    document.body.dataset.edge = kind;
    window.scrollTo(0, 0);
  }

  const named = (products) => products.map(({ name, sku }) => (name === sku ? sku : `${name} ${sku}`)).join(" / ");

  // The one thing that matters, and under it why.
  function prompt(words, why = "") {
    by("prompt").textContent = words;
    by("why").textContent = why;
    by("why").hidden = why === "";
  }

  function idle(words, why) {
    state.at = null;
    by("parcel").hidden = true;
    document.body.dataset.parcel = "none";
    prompt(words ?? W.NEXT.first, why);
    list();
  }

  function show() {
    const { at } = state;
    const { parcel } = at;
    by("parcel").hidden = false;
    document.body.dataset.parcel = "shown";
    by("picture").replaceChildren(PackingLabel.drawn(parcel, W.LABEL));
    by("number").replaceChildren(`${parcel.carrier_name} `, node("b", { textContent: parcel.waybill_number }));
    by("gifts").replaceChildren(...parcel.gifts.map(gift));
    by("items").replaceChildren(...parcel.items.map((item) => row(at, item)));
    by("acts").replaceChildren(...acts(at));
    const left = L.missing(at);
    if (at.wrong) prompt(W.REASONS[at.wrong.reason][0], wrongWords(at));
    else if (at.asks) prompt(W.REASONS.shared[0], `${W.SHARED}\n${at.asks.code}`);
    else prompt(next(at, left));
    const alike = left.includes("label") ? does.alike(at) : 0;
    by("alike").textContent = alike ? t(`同款还有 ${alike} 单: 扫哪张面单就装哪一单`, `${alike} more need it: the label you scan decides`) : "";
    list();
  }

  function next(at, left) {
    const step = ["new_label", "items", "gifts", "label"].find((one) => left.includes(one));
    return step === "items" && Object.keys(at.scanned).length ? W.NEXT.more : W.NEXT[step] ?? "";
  }

  // What was scanned, and what this parcel needs.
  function wrongWords(at) {
    const { code, found } = at.wrong;
    const needs = at.parcel.items.map((item) => `${item.name} ×${item.quantity}`).join(", ");
    return `${t("扫到", "Scanned")}: ${found.length ? named(found) : code}\n${t("这一单要", "This parcel needs")}: ${needs}`;
  }

  const gift = (one) => node("li", {}, node("span", { className: "what", textContent: `${one.name} × ${one.quantity}` }),
    one.sticker ? node("span", { className: "where", textContent: `${t("贴", "stick")} ${one.sticker.position} ${one.sticker.x_mm}, ${one.sticker.y_mm} mm` }) : null);

  function row(at, item) {
    const [has, needs] = [Math.min(item.quantity, at.scanned[item.sku] ?? 0), item.quantity];
    const text = node("span", { className: "what" }, `${item.name} `, node("code", { textContent: item.sku, title: item.codes.join(" ") }));
    const rest = has > 0 && has < needs && !at.wrong && !at.asks ? button("", t(`${needs} 件齐`, `All ${needs}`), () => does.took(L.all(at, item.sku))) : null;
    return node("li", { className: has >= needs ? "has" : "" }, node("b", { className: "pieces", textContent: `${has}/${needs}` }), text, rest);
  }

  function acts(at) {
    if (at.wrong) return [button("danger big", t("已取出, 继续", "It is out, go on"), () => does.took({ ...at, wrong: null }))];
    const aside = button("plain", t("放下这一单", "Put it aside"), does.aside);
    if (at.asks) return [...at.asks.choices.map((product) => button("big", `${t("是", "It is")} ${named([product])}`, () => does.chose(product))), aside];
    const left = L.missing(at);
    const shown = [];
    if (left.includes("new_label")) shown.push(button("primary big", t("已是新面单", "It has the new label"), () => does.took({ ...at, isNewLabel: true })));
    if (left.includes("gifts")) shown.push(button("primary big", t("赠品已放 (空格)", "The gift is in (space)"), () => does.took(L.withGifts(at)), "gift-in"));
    shown.push(node("a", { className: "button", target: "_blank", rel: "noopener", href: `/orders/${at.parcel.order_id}/labels/${at.parcel.parcel}.pdf`, textContent: t("打印面单", "Print the label") }));
    return [...shown, aside];
  }

  function list() {
    const waiting = does.ready();
    const now = state.at && L.keyOf(state.at.parcel);
    by("count").textContent = waiting.length + (state.isMore ? "+" : "");
    by("wave").replaceChildren(...waiting.slice(0, MOST_ROWS).map((parcel) => node("li", { className: L.keyOf(parcel) === now ? "current" : "" },
      node("span", { className: "tail", textContent: parcel.waybill_number }),
      node("span", { className: "what", textContent: parcel.items.map((item) => `${item.name} ×${item.quantity}`).join(", ") }),
      parcel.gifts.length ? node("span", { className: "tag", textContent: t("赠品", "gift") }) : null,
      parcel.is_changed ? node("span", { className: "chip decision", textContent: t("改过", "changed") }) : null)));
    by("empty").hidden = waiting.length > 0;
    by("empty").textContent = state.loadedAt ? t("没有待打包的包裹。有面单的订单会自动出现在这里。", "Nothing to be packed. Orders appear here when they have their label.") : t("还没有打包清单: 连上网后自动加载。", "No list yet: it is loaded as soon as there is a connection.");
  }

  function trouble(words, seen) {
    by("troubles").hidden = false;
    const line = node("li", {}, node("span", { textContent: words }), button("small", t("知道了", "Seen"), () => { seen?.(); line.remove(); by("troubles").hidden = !by("trouble-list").children.length; }));
    by("trouble-list").append(line);
  }

  function badges() {
    by("line").className = `chip ${state.line}`;
    by("line").textContent = W.line(state.keepsPage)[state.line];
    by("unsynced").hidden = state.unsynced === 0;
    by("unsynced").textContent = `${t("未同步", "Not sent")} ${state.unsynced}`;
    const minutes = Math.floor((Date.now() - state.loadedAt) / 60000);
    by("age").textContent = state.loadedAt ? `${t("清单", "List")} ${minutes < 1 ? t("刚刚", "now") : `${minutes} min`}` : "";
    by("age").classList.toggle("stale", state.loadedAt > 0 && Date.now() - state.loadedAt > FRESH_MS);
    document.body.dataset.unsynced = state.unsynced;
    document.body.dataset.line = state.line;
  }

  // What this browser lacks stays on the screen.
  function limits(names) {
    const shown = names.length && /wxwork|micromessenger/i.test(navigator.userAgent) ? [...names, "wecom"] : names;
    by("limits").replaceChildren(...shown.map((name) => node("li", { textContent: W.LIMITS[name] })));
  }

  return { by, edge, prompt, idle, show, list, trouble, badges, limits };
};
