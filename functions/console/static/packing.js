// The packing station (R44): answers scans from the loaded list, stops for changes, sends results when it can.
"use strict";
(() => {
  const L = PackingLogic;
  const POLL_MS = 1500, WAVE_MS = 60000, KEY_GAP_MS = 300, BATCH = 20, FRESH_MS = 15 * 60000, KEPT_MS = 3 * 86400000;
  const english = document.documentElement.lang === "en";
  const t = (zh, en) => (english ? en : zh);
  const by = (id) => document.getElementById(id);
  const state = { parcels: [], loadedAt: 0, staff: "", csrf: "", since: 0, isMore: false, at: null, packed: new Map(), line: "waiting", status: 0, unsynced: 0 };

  const REASONS = {
    wrong_item: [t("拿错了, 这件不是这一单的", "Wrong item: it is not in this parcel"), t("停, 拿错了", "Stop, wrong item")],
    too_many: [t("多了一件, 这一单不要这么多", "One too many for this parcel"), t("停, 多了一件", "Stop, one too many")],
    wrong_label: [t("这张面单不是这一单的", "This label belongs to another parcel"), t("停, 面单不对", "Stop, wrong label")],
    blocked: [t("先取出拿错的, 再继续", "Take out what is wrong first"), t("停", "Stop")],
    unknown: [t("待打包里没有它", "Nothing to be packed needs this"), t("没有这一单", "Not to be packed")],
  };
  const STOPS = {
    address: t("停! 地址已改, 换新面单", "Stop! Another address: use the new label"),
    changing: t("停! 地址已改, 换新面单", "Stop! Another address: use the new label"),
    items: t("停! 商品已改, 重新拣货", "Stop! Other items: pick again"),
    gifts: t("停! 赠品已改, 看新面单", "Stop! Other gifts: see the new label"),
    label: t("停! 换新面单", "Stop! Use the new label"),
    relabel: t("停! 面单正在更换, 等新面单", "Stop! Its label is being replaced"),
    held: t("停! 订单冻结, 等决定", "Stop! The order is held"),
    cancelled: t("停! 订单已取消, 不要发", "Stop! The order was cancelled"),
    gone: t("停! 这一单已经出库", "Stop! This parcel has left"),
    packed: t("停! 这一单已经打包", "Stop! This parcel is packed already"),
  };
  const LABEL = {
    receiver: t("收件人见面单", "Receiver: see the label"),
    stick: t("贴", "HERE"),
    pieces: (number) => t(`共 ${number} 件`, `${number} pieces`),
    parcel: (parcel) => `${t("包裹", "Parcel")} ${parcel.parcel}/${parcel.parcels}`,
    label: (parcel, stickers) => `${t("面单", "Label")} ${parcel.waybill_number}` + stickers.map(({ name, sticker }) =>
      `, ${t("贴纸", "sticker")} ${name}: ${sticker.position} ${sticker.x_mm}, ${sticker.y_mm} mm`).join(""),
  };

  // --- the screen -----------------------------------------------------------------------------------------------

  function node(name, values, ...children) {
    const made = Object.assign(document.createElement(name), values);
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  const edge = (kind) => { document.body.dataset.edge = kind; };
  const prompt = (words) => { by("prompt").textContent = words; };

  function idle(words) {
    state.at = null;
    by("parcel").hidden = true;
    prompt(words ?? t("扫描商品或面单", "Scan a product or a label"));
    list();
  }

  function show() {
    const { at } = state;
    const { parcel } = at;
    by("parcel").hidden = false;
    by("picture").replaceChildren(PackingLabel.drawn(parcel, LABEL));
    by("number").replaceChildren(`${parcel.carrier_name} `, node("b", { textContent: parcel.waybill_number }));
    by("gifts").replaceChildren(...parcel.gifts.map((gift) => node("li", {}, node("span", { className: "what", textContent: `${gift.name} × ${gift.quantity}` }),
      gift.sticker ? node("span", { className: "where", textContent: `${t("贴", "stick")} ${gift.sticker.position} ${gift.sticker.x_mm}, ${gift.sticker.y_mm} mm` }) : null)));
    by("items").replaceChildren(...parcel.items.map((item) => row(at, item)));
    by("acts").replaceChildren(...acts(at));
    const left = L.missing(at);
    const words = { items: Object.keys(at.scanned).length ? t("继续扫商品", "Scan the other items") : t("扫商品", "Scan the items"), label: t("扫面单", "Scan the label"), new_label: t("改过地址: 用新面单", "Changed: use the new label"), gifts: t("放赠品", "Put in the gift") };
    if (at.wrong) prompt(REASONS[at.wrong.reason][0]);
    else prompt(words[["new_label", "items", "gifts", "label"].find((one) => left.includes(one))] ?? "");
    const alike = left.includes("label") ? ready().filter((one) => one !== parcel && Object.keys(at.scanned).some((sku) => one.items.some((item) => item.sku === sku))).length : 0;
    by("alike").textContent = alike ? t(`同款还有 ${alike} 单: 扫哪张面单就装哪一单`, `${alike} more need it: the label you scan decides`) : "";
    list();
  }

  function row(at, item) {
    const [has, needs] = [Math.min(item.quantity, at.scanned[item.sku] ?? 0), item.quantity];
    const text = node("span", { className: "what" }, `${item.name} `, node("code", { textContent: item.sku }));
    const rest = has > 0 && has < needs && !at.wrong
      ? node("button", { type: "button", textContent: t(`${needs} 件齐`, `All ${needs}`), onclick: () => took(L.all(at, item.sku)) }) : null;
    return node("li", { className: has >= needs ? "has" : "" }, node("b", { className: "pieces", textContent: `${has}/${needs}` }), text, rest);
  }

  function acts(at) {
    if (at.wrong) return [node("button", { type: "button", className: "danger big", textContent: t("已取出, 继续", "It is out, go on"), onclick: () => took({ ...at, wrong: null }) })];
    const left = L.missing(at);
    const shown = [];
    if (left.includes("new_label")) shown.push(node("button", { type: "button", className: "primary big", textContent: t("已是新面单", "It has the new label"), onclick: () => took({ ...at, isNewLabel: true }) }));
    if (left.includes("gifts")) shown.push(node("button", { type: "button", id: "gift-in", className: "primary big", textContent: t("赠品已放 (空格)", "The gift is in (space)"), onclick: () => took(L.withGifts(at)) }));
    shown.push(node("a", { className: "button", target: "_blank", rel: "noopener", href: `/orders/${at.parcel.order_id}/labels/${at.parcel.parcel}.pdf`, textContent: t("打印面单", "Print the label") }));
    shown.push(node("button", { type: "button", className: "plain", textContent: t("放下这一单", "Put it aside"), onclick: () => { edge("idle"); idle(); } }));
    return shown;
  }

  function list() {
    const waiting = ready();
    const now = state.at && L.keyOf(state.at.parcel);
    by("count").textContent = waiting.length + (state.isMore ? "+" : "");
    by("wave").replaceChildren(...waiting.slice(0, 100).map((parcel) => node("li", { className: L.keyOf(parcel) === now ? "current" : "" },
      node("span", { className: "tail", textContent: parcel.waybill_number }),
      node("span", { className: "what", textContent: parcel.items.map((item) => `${item.name} ×${item.quantity}`).join(", ") }),
      parcel.gifts.length ? node("span", { className: "tag", textContent: t("赠品", "gift") }) : null,
      parcel.is_changed ? node("span", { className: "chip decision", textContent: t("改过", "changed") }) : null)));
    by("empty").hidden = waiting.length > 0;
    by("empty").textContent = state.loadedAt ? t("没有待打包的包裹。有面单的订单会自动出现在这里。", "Nothing to be packed. Orders appear here when they have their label.") : t("还没有打包清单: 连上网后自动加载。", "No list yet: it is loaded as soon as there is a connection.");
  }

  function trouble(words, seen) {
    by("troubles").hidden = false;
    const line = node("li", {}, node("span", { textContent: words }), node("button", { type: "button", className: "small", textContent: t("知道了", "Seen"), onclick: () => { seen?.(); line.remove(); by("troubles").hidden = !by("trouble-list").children.length; } }));
    by("trouble-list").append(line);
  }

  function badges() {
    const words = { waiting: t("连接中", "Connecting"), moving: t("在线", "Online"), held: t("离线, 照常打包", "Offline: go on packing"), decision: t("请重新登录", "Sign in again") };
    by("line").className = `chip ${state.line}`;
    by("line").textContent = words[state.line];
    by("unsynced").hidden = state.unsynced === 0;
    by("unsynced").className = "chip decision";
    by("unsynced").textContent = `${t("未同步", "Not sent")} ${state.unsynced}`;
    const minutes = Math.floor((Date.now() - state.loadedAt) / 60000);
    const age = minutes < 1 ? t("刚刚", "now") : `${minutes} min`;
    by("age").textContent = state.loadedAt ? `${t("清单", "List")} ${age}` : "";
    by("age").classList.toggle("stale", state.loadedAt > 0 && Date.now() - state.loadedAt > FRESH_MS);
    document.body.dataset.unsynced = state.unsynced;
    document.body.dataset.line = state.line;
  }

  // --- scanning -------------------------------------------------------------------------------------------------

  const ready = () => state.parcels.filter((parcel) => parcel.state === "ready" && state.packed.get(L.keyOf(parcel))?.version !== parcel.version);

  async function scanned(text) {
    const code = text.trim();
    if (!code) return;
    if (by("stop").open) { PackingSound.play("stop"); return; }
    const before = state.at;
    const { at, said } = L.scan(before, code, ready());
    if (said === "unknown") { await unknown(code); return; }
    if (said === "blocked") { edge("wrong"); PackingSound.play("stop"); return; }
    if (at.wrong) {
      state.at = at;
      edge("wrong");
      PackingSound.play("stop");
      PackingSound.say(REASONS[said][1]);
      show();
      await keep(L.resultOf(at, "wrong_item", state.staff, said, code));
      return;
    }
    if (before === null && at.parcel.gifts.length) PackingSound.say(at.parcel.gifts.map((gift) => `${t("赠品", "Gift")} ${gift.name} ${gift.quantity} ${t("件", "")}, ${gift.sticker?.position ?? ""}`).join(" "));
    await took(at);
  }

  async function took(at) {
    state.at = at;
    edge("right");
    if (!L.isComplete(at)) { PackingSound.play("right"); show(); return; }
    await close(at);
  }

  // Closed when it is on this device's disk, not before.
  async function close(at) {
    const key = L.keyOf(at.parcel);
    const packed = { key, version: at.parcel.version, number: at.parcel.waybill_number, at: Date.now() };
    state.at = null;
    try {
      await PackingStore.keepResult(L.resultOf(at, "packed", state.staff), packed);
    } catch (failed) {
      state.at = at;
      edge("wrong");
      show();
      trouble(`${t("这台设备存不下结果, 这一箱先别封", "This device cannot keep the result: do not close the box")} (${failed?.name})`);
      return;
    }
    state.packed.set(key, packed);
    PackingSound.play("done");
    idle(`${t("已打包", "Packed")}\n${at.parcel.waybill_number}`);
    edge("packed");
    await count();
    await send();
  }

  // A code the list does not know: the hub may know why; without a connection it is only said that it is not there.
  async function unknown(code) {
    let words = REASONS.unknown[0];
    edge("wrong");
    PackingSound.play("stop");
    prompt(`${words}\n${code}`);
    const found = await ask(`/packing/scan?code=${encodeURIComponent(code)}`);
    if (state.at !== null || !found?.parcels?.length) return;
    merge(found.parcels);
    const usable = L.scan(null, code, ready());
    if (usable.said !== "unknown") { await scanned(code); return; }
    const meant = found.parcels[0];
    words = L.isLabelOf(meant, code) || meant.state !== "ready" ? STOPS[state.packed.has(L.keyOf(meant)) ? "packed" : meant.state] : STOPS.label;
    prompt(words ?? REASONS.unknown[0]);
  }

  async function keep(result) {
    await PackingStore.keepResult(result);
    await count();
    await send();
  }

  // What the hub refused stays on this device until somebody has seen it.
  const refusedWords = ({ asked, refused }) => trouble(`${asked.order_id} ${asked.waybill_number}: ${t("未能登记", "not recorded")} (${refused})`, () => PackingStore.forgetResults([asked.result_id]));

  async function count() {
    state.unsynced = (await PackingStore.results()).filter((one) => !one.refused).length;
    badges();
  }

  // --- the hub --------------------------------------------------------------------------------------------------

  // The answer, or null without one. The line tells people which of the two it was.
  async function ask(path, form) {
    try {
      const how = form ? { method: "POST", body: new URLSearchParams(form), headers: { "x-csrf": state.csrf, "hx-request": "true" } } : { headers: { "hx-request": "true" } };
      const answer = await fetch(path, { ...how, cache: "no-store", signal: AbortSignal.timeout(10000) });
      state.status = answer.status;
      state.line = answer.status === 401 || answer.status === 403 ? "decision" : answer.status < 500 ? "moving" : "held";
      if (answer.status === 403) state.csrf = "";
      return answer.ok || answer.status === 404 ? await answer.json() : null;
    } catch {
      Object.assign(state, { line: "held", status: 0 });
      return null;
    } finally {
      badges();
    }
  }

  function merge(parcels) {
    const known = new Map(state.parcels.map((parcel) => [L.keyOf(parcel), parcel]));
    for (const parcel of parcels) known.set(L.keyOf(parcel), parcel);
    state.parcels = [...known.values()];
  }

  const keepList = () => PackingStore.keepWave({ parcels: state.parcels.filter((parcel) => parcel.state === "ready"), loadedAt: state.loadedAt, staff: state.staff, isMore: state.isMore });

  async function load() {
    const wave = await ask("/packing/wave");
    if (!wave?.parcels) return false;
    const waiting = new Set((await PackingStore.results()).filter((one) => !one.refused).map((one) => `${one.asked.order_id}#${one.asked.parcel}`));
    Object.assign(state, { parcels: wave.parcels, isMore: wave.is_more, staff: wave.staff, csrf: wave.csrf, loadedAt: Date.now() });
    const isFirst = state.since === 0;
    state.since ||= wave.loaded_at;
    const there = new Set(wave.parcels.map(L.keyOf));
    const over = [...state.packed.keys()].filter((key) => there.has(key) && !waiting.has(key));
    const at = state.at?.parcel;
    for (const key of over) state.packed.delete(key); // the hub says that it is to be packed: another time
    await PackingStore.forgetPacked(over);
    await keepList();
    list();
    badges();
    if (at && wave.parcels.find((one) => L.keyOf(one) === L.keyOf(at))?.version !== at.version) {
      const fresh = await ask(`/packing/wave?orders=${at.order_id}`);
      const now = fresh?.parcels?.find((one) => L.keyOf(one) === L.keyOf(at));
      if (now) judge(L.keyOf(at), null, now);
    }
    if (isFirst) await lookBack();
    return true;
  }

  let isSending = false;
  async function send() {
    if (isSending || !state.csrf) return;
    isSending = true;
    try {
      for (let most = BATCH; ;) {
        const waiting = (await PackingStore.results()).filter((one) => !one.refused);
        const mine = waiting.filter((one) => one.staff === state.staff || one.staff === "").slice(0, most);
        if (!mine.length) return;
        const answer = await ask("/packing/results", { results: JSON.stringify({ results: mine.map((one) => one.asked) }) });
        if (!answer?.results && state.status === 422 && mine.length > 1) { most = 1; continue; } // one of them keeps no other
        if (!answer?.results && state.status !== 422) return;
        const said = answer?.results ?? [{ result_id: mine[0].asked.result_id, status: "refused", why: "bad_request" }];
        await settle(mine, said.filter((one) => one.status !== "again"));
        await count();
        if (said.some((one) => one.status === "again")) return;
      }
    } finally {
      isSending = false;
    }
  }

  async function settle(mine, said) {
    for (const one of said) {
      const kept = mine.find((each) => each.asked.result_id === one.result_id);
      const { asked } = kept;
      if (one.status === "differs") trouble(`${asked.order_id}: ${t("打包与现在要的不一致, 找出包裹", "packed otherwise than wanted now: find the parcel")} ${asked.waybill_number} (${one.problems.join(", ")})`);
      if (one.status !== "refused") continue;
      const refused = { ...kept, refused: one.why };
      await PackingStore.keepResult(refused);
      refusedWords(refused);
    }
    await PackingStore.forgetResults(said.filter((one) => one.status !== "refused").map((one) => one.result_id));
  }

  async function look() {
    const told = await ask(`/packing/changes?since=${state.since}`);
    if (!told?.parcels) return;
    if (told.reload) { state.since = 0; await load(); return; }
    state.since = told.now;
    const known = new Map(state.parcels.map((parcel) => [L.keyOf(parcel), parcel]));
    const anew = new Set();
    for (const change of told.parcels) {
      const key = L.keyOf(change);
      const parcel = known.get(key);
      const mine = state.at && L.keyOf(state.at.parcel) === key;
      const version = mine ? state.at.parcel.version : parcel?.version;
      if (parcel && parcel.state === change.state && (version === change.version || change.version === "")) continue;
      if (!parcel && !mine && change.state !== "ready" && !state.packed.has(key)) continue;
      judge(key, parcel, change);
      anew.add(change.order_id);
    }
    if (anew.size) {
      const fresh = await ask(`/packing/wave?orders=${[...anew].slice(0, 50).join(",")}`);
      if (fresh?.parcels) { merge(fresh.parcels); await keepList(); }
      list();
    }
  }

  function judge(key, parcel, change) {
    const mine = state.at && L.keyOf(state.at.parcel) === key ? state.at : null;
    if (parcel) Object.assign(parcel, { state: change.state === "ready" && parcel.version !== change.version ? "relabel" : change.state });
    if (mine) {
      const why = change.state === "packed" ? "packed" : L.stopped(mine.parcel.version, change);
      if (why) stop(why, mine.parcel.waybill_number, mine);
      return;
    }
    const packed = state.packed.get(key);
    if (!packed || change.state === "gone") return;
    const why = L.stopped(packed.version, change);
    const word = { changing: "address", relabel: packed.told || "relabel" }[why] ?? why; // one change, one stop
    if (why && packed.told !== word) stop(why, `${t("已打包, 找出这一箱", "Packed already, find it")}: ${packed.number}`, null, packed);
    packed.told = word;
    if (change.version && L.difference(packed.version, change.version)) packed.isOver = true; // to be packed anew
    if (packed.isOver) state.packed.delete(key);
  }

  // What became of parcels packed here while this page was closed.
  async function lookBack() {
    const ids = [...state.packed.values()].slice(-50).map((one) => one.key.split("#")[0]);
    const fresh = ids.length ? await ask(`/packing/wave?orders=${[...new Set(ids)].join(",")}`) : null;
    for (const row of fresh?.parcels ?? []) judge(L.keyOf(row), null, row);
  }

  // --- a change stops the packer --------------------------------------------------------------------------------

  const stops = [];
  function stop(why, which, at, packed) {
    stops.push({ why, which, at, packed });
    if (at) { edge("wrong"); idle(); }
    if (!by("stop").open) nextStop();
  }

  function nextStop() {
    const { why, which } = stops[0];
    by("stop-what").textContent = STOPS[why] ?? STOPS.label;
    by("stop-which").textContent = which;
    by("stop").showModal();
    PackingSound.play("stop");
    PackingSound.say(STOPS[why] ?? STOPS.label);
  }

  by("stop").addEventListener("cancel", (event) => event.preventDefault());
  by("stop-seen").addEventListener("click", async () => {
    const { why, at, packed } = stops.shift();
    by("stop").close();
    edge("idle");
    if (stops.length) nextStop();
    if (packed?.isOver) await PackingStore.forgetPacked([packed.key]);
    else if (packed) await PackingStore.keepPacked(packed);
    if (at) await keep(L.resultOf(at, "stopped", state.staff, why));
  });

  // --- what scans -----------------------------------------------------------------------------------------------

  let keys = "", keyAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target === by("code")) return;
    if (event.timeStamp - keyAt > KEY_GAP_MS) keys = "";
    keyAt = event.timeStamp;
    if (event.key === "Enter" && keys.length > 2) {
      event.preventDefault();
      const code = keys;
      keys = "";
      scanned(code);
    } else if (event.key === " " && keys === "" && !event.target.closest("button, a")) {
      event.preventDefault();
      by("gift-in")?.click();
    } else if (event.key.length === 1 && keys.length < 64) keys += event.key;
  });
  by("by-hand").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = by("code").value;
    by("code").value = "";
    by("code").blur();
    scanned(code);
  });

  const FORMATS = ["code_128", "ean_13", "ean_8", "qr_code", "code_39", "upc_a"];
  if (!("BarcodeDetector" in window)) by("camera-why").textContent = t("此浏览器不能识别条码, 请用扫码枪或手输", "This browser reads no barcodes: use a scanner, or type");
  else if (!navigator.mediaDevices?.getUserMedia) by("camera-why").textContent = t("没有摄像头, 或未用 https 打开", "No camera, or the page was not opened over https");
  else by("camera").disabled = false;
  by("camera").addEventListener("click", async () => {
    const view = by("view");
    if (view.srcObject) { view.srcObject.getTracks().forEach((track) => track.stop()); view.srcObject = null; view.hidden = true; return; }
    try {
      view.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      view.hidden = false;
      await view.play();
      watch(view, new BarcodeDetector({ formats: FORMATS }));
    } catch (failed) {
      by("camera-why").textContent = `${t("摄像头打不开", "The camera does not open")}: ${failed.name}`;
    }
  });

  let seen = "", seenAt = 0;
  async function watch(view, detector) {
    while (view.srcObject) {
      const [code] = await detector.detect(view).catch(() => []);
      if (code && (code.rawValue !== seen || Date.now() - seenAt > 2000)) { seen = code.rawValue; seenAt = Date.now(); await scanned(seen); }
      else if (code) seenAt = Date.now();
      await new Promise((go) => setTimeout(go, 200));
    }
  }

  // --- begin ----------------------------------------------------------------------------------------------------

  async function tick() {
    try {
      if (state.since) await look();
      if (!state.csrf || Date.now() - state.loadedAt > WAVE_MS) await load();
      await send();
    } finally {
      setTimeout(tick, POLL_MS);
    }
  }

  (async () => {
    const kept = await PackingStore.load();
    if (kept.wave) Object.assign(state, { parcels: kept.wave.parcels, loadedAt: kept.wave.loadedAt, isMore: kept.wave.isMore, staff: kept.wave.staff });
    const old = kept.packed.filter((one) => Date.now() - one.at > KEPT_MS).map((one) => one.key);
    state.packed = new Map(kept.packed.filter((one) => !old.includes(one.key)).map((one) => [one.key, one]));
    await PackingStore.forgetPacked(old);
    (await PackingStore.results()).filter((one) => one.refused).forEach(refusedWords);
    await count();
    idle();
    if ("serviceWorker" in navigator) {
      navigator.serviceWorker.register("/packing/sw.js", { scope: "/packing" }).catch((failed) => trouble(`${t("离线不可用", "Not usable offline")}: ${failed.message}`));
      navigator.serviceWorker.ready.then(() => { document.body.dataset.offline = "ready"; });
    }
    document.body.dataset.scripts = "ready";
    tick();
  })();
})();
