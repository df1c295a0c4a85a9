// The packing station (R44): answers scans from the loaded list, stops for changes, sends results when it can.
"use strict";
(() => {
  const L = PackingLogic, W = PackingWords;
  const { t, REASONS, STOPS } = W;
  const POLL_MS = 1500, WAVE_MS = 60000, KEY_GAP_MS = 800, BATCH = 20, KEPT_MS = 3 * 86400000, ANSWER_MS = 10000;
  const state = { parcels: [], loadedAt: 0, staff: "", csrf: "", since: 0, isMore: false, at: null, packed: new Map(), line: "waiting", status: 0, unsynced: 0, keepsPage: true };
  const ready = () => state.parcels.filter((parcel) => parcel.state === "ready" && state.packed.get(L.keyOf(parcel))?.version !== parcel.version);
  const alike = ({ parcel, scanned }) => ready().filter((one) => one !== parcel && Object.keys(scanned).some((sku) => one.items.some((item) => item.sku === sku))).length;
  const screen = PackingScreen(state, { ready, alike, took: (at) => took(at), chose: (product) => result(L.chosen(state.at, product), state.at), aside: () => { screen.edge("idle"); screen.idle(); } });
  const { by, edge, prompt, idle, show, list, trouble, badges } = screen;

  // --- scanning -------------------------------------------------------------------------------------------------

  async function scanned(text) {
    const code = text.trim();
    if (!code) return;
    if (by("stop").hasAttribute("open")) { PackingSound.play("alarm"); return; }
    await result(L.scan(state.at, code, ready(), state.parcels), state.at);
  }

  async function result({ at, said, code, found }, before) {
    if (said === "unknown") { await unknown(code); return; }
    if (said === "blocked") { edge("wrong"); PackingSound.play("wrong"); return; }
    if (said === "shared" || said === "shared_first") {
      state.at = at;
      edge("ask");
      PackingSound.play("wrong");
      PackingSound.say(REASONS[said][1]);
      if (at) show(); else prompt(REASONS[said][0], `${W.SHARED}\n${code}: ${found.map(({ name }) => name).join(" / ")}`);
      return;
    }
    if (at.wrong) {
      state.at = at;
      edge("wrong");
      PackingSound.play("wrong");
      PackingSound.say(REASONS[said][1]);
      show();
      await keep(L.resultOf(at, "wrong_item", state.staff, said, code));
      return;
    }
    tell(at.parcel, before?.parcel);
    await took(at);
  }

  // Its gift is spoken once a parcel, however often it is taken up; a label that decides for a parcel without one says so.
  const spoken = new Map();
  function tell(parcel, before) {
    const words = W.gifts(parcel), key = L.keyOf(parcel), heard = before && L.keyOf(before) !== key ? spoken.get(L.keyOf(before)) : "";
    if ((spoken.get(key) ?? "") === words && !heard) return;
    spoken.set(key, words);
    if (words && words !== heard) PackingSound.say(words, "zh-CN");
    else if (!words && heard) PackingSound.say("这一单没有赠品", "zh-CN");
  }

  async function took(next) {
    const at = { ...next, asks: null };
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
    idle(`${t("已打包", "Packed")}\n${at.parcel.waybill_number}`, W.NEXT.first);
    edge("packed");
    await count();
    await send();
  }

  // A code the list does not know: the hub may know why; without a connection it is only said that it is not there.
  async function unknown(code) {
    const [words, voice] = REASONS.unknown;
    edge("wrong");
    PackingSound.play("wrong");
    PackingSound.say(voice);
    prompt(words, code);
    const found = await ask(`/packing/scan?code=${encodeURIComponent(code)}`);
    if (state.at !== null || !found?.parcels?.length) return;
    merge(found.parcels);
    const again = L.scan(null, code, ready(), state.parcels);
    if (again.said !== "unknown") { await result(again, null); return; }
    const meant = found.parcels[0];
    const why = L.isLabelOf(meant, code) || meant.state !== "ready" ? STOPS[state.packed.has(L.keyOf(meant)) ? "packed" : meant.state] : STOPS.label;
    prompt(why ?? words, code);
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

  function within(ms) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), ms);
    return stop.signal;
  }

  // The answer, or null without one. The line tells people which of the two it was.
  async function ask(path, form) {
    try {
      const how = form ? { method: "POST", body: new URLSearchParams(form), headers: { "x-csrf": state.csrf, "hx-request": "true" } } : { headers: { "hx-request": "true" } };
      const answer = await fetch(path, { ...how, cache: "no-store", signal: within(ANSWER_MS) });
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
    if (!by("stop").hasAttribute("open")) nextStop();
  }

  function nextStop() {
    const { why, which } = stops[0];
    by("stop-what").textContent = STOPS[why] ?? STOPS.label;
    by("stop-which").textContent = which;
    if (by("stop").showModal) by("stop").showModal(); else by("stop").setAttribute("open", "");
    PackingSound.play("alarm");
    PackingSound.say(STOPS[why] ?? STOPS.label);
  }

  by("stop").addEventListener("cancel", (event) => event.preventDefault());
  by("stop-seen").addEventListener("click", async () => {
    const { why, at, packed } = stops.shift();
    if (by("stop").close) by("stop").close(); else by("stop").removeAttribute("open");
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

  const camera = PackingCamera.camera(by("view"), document.body.dataset.decoder, {
    code: scanned,
    closed: (why) => {
      by("view").hidden = true;
      document.body.dataset.camera = "closed";
      by("camera").textContent = W.CAMERA.open;
      by("camera-why").textContent = why ? cameraWords(why) : "";
    },
    torch: (can) => { by("torch").hidden = !can; by("torch").setAttribute("aria-pressed", "false"); },
  });
  const cameraWords = (why) => W.CAMERA[{ OverconstrainedError: "NotFoundError", AbortError: "NotReadableError", TrackStartError: "NotReadableError", DecoderError: "decoder" }[why] ?? why] ?? `${W.CAMERA.other}: ${why}`;
  by("camera").addEventListener("click", async () => {
    if (document.body.dataset.camera === "open" || document.body.dataset.camera === "opening") { camera.close(); return; }
    document.body.dataset.camera = "opening";
    by("camera").textContent = W.CAMERA.close;
    by("camera-why").textContent = W.CAMERA.opening;
    by("view").hidden = false;
    by("camera").blur(); // the next space is the gift's
    await camera.open();
    if (!camera.isOpen()) return;
    document.body.dataset.camera = "open";
    window.scrollTo(0, 0);
    by("camera-why").textContent = W.CAMERA.aim;
  });
  by("torch").addEventListener("click", () => {
    const isOn = by("torch").getAttribute("aria-pressed") !== "true";
    by("torch").setAttribute("aria-pressed", String(isOn));
    camera.light(isOn);
  });

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

  // What this browser can do, and in words what it cannot: some, like WeCom's on an iPhone, keep no page for later.
  const limits = new Set();
  function lacks(name) {
    limits.add(name);
    if (name === "offline") state.keepsPage = false;
    screen.limits([...limits]);
    badges();
  }

  async function keepPage() {
    if (!("serviceWorker" in navigator)) { if (window.isSecureContext) lacks("offline"); else state.keepsPage = false; return; }
    try {
      await navigator.serviceWorker.register("/packing/sw.js", { scope: "/packing" });
      await navigator.serviceWorker.ready;
      document.body.dataset.offline = "ready";
    } catch {
      lacks("offline");
    }
  }

  (async () => {
    PackingSound.onChange((sound) => {
      by("sound").hidden = sound === "on" || sound === "none";
      document.body.dataset.sound = sound;
    });
    by("sound").addEventListener("click", PackingSound.unlock);
    if (PackingSound.SILENT.tone) lacks("tone");
    PackingSound.onNoVoice("zh", () => lacks("voice"));
    const noCamera = PackingCamera.missing();
    if (noCamera) lacks(noCamera); else by("camera").disabled = false;
    let kept;
    try {
      kept = await PackingStore.load();
    } catch {
      lacks("store");
      edge("wrong");
      prompt(W.LIMITS.store, W.LIMITS.wecom);
      document.body.dataset.scripts = "stopped";
      return;
    }
    if (kept.wave) Object.assign(state, { parcels: kept.wave.parcels, loadedAt: kept.wave.loadedAt, isMore: kept.wave.isMore, staff: kept.wave.staff });
    const old = kept.packed.filter((one) => Date.now() - one.at > KEPT_MS).map((one) => one.key);
    state.packed = new Map(kept.packed.filter((one) => !old.includes(one.key)).map((one) => [one.key, one]));
    await PackingStore.forgetPacked(old);
    (await PackingStore.results()).filter((one) => one.refused).forEach(refusedWords);
    await count();
    idle();
    keepPage();
    document.body.dataset.scripts = "ready";
    tick();
  })();
})();
