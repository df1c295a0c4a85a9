// What a scan means: pure, on plain values. A parcel at hand is {parcel, scanned, isLabelled, isNewLabel, given, wrong, asks}.
// `scanned` and `given`: product or gift → pieces.
"use strict";
const PackingLogic = (() => {
  const PARTS = ["address", "items", "gifts", "label"];
  const low = (text) => text.toLowerCase();
  // Twelve digits (UPC-A) and the same with a zero before them (EAN-13) are one barcode: scanners say either.
  const plain = (code) => low(/^[0-9]{12}$/.test(code) ? `0${code}` : code);
  const same = (one, other) => plain(one) === plain(other);
  const keyOf = (parcel) => `${parcel.order_id}#${parcel.parcel}`;
  const isLabelOf = (parcel, code) => parcel.waybill_number !== "" && low(parcel.waybill_number) === low(code);
  const itemOf = (parcel, sku) => parcel.items.find((item) => low(item.sku) === low(sku));
  const giftOf = (parcel, sku) => parcel.gifts.find((gift) => low(gift.code) === low(sku));
  const counts = (rows, name) => rows.reduce((sum, row) => ({ ...sum, [row[name]]: (sum[row[name]] ?? 0) + row.quantity }), {});
  const wanted = (parcel) => counts(parcel.items, "sku");
  const giftsWanted = (parcel) => counts(parcel.gifts, "code");
  const isShort = (has, needs) => Object.entries(needs).some(([name, pieces]) => (has[name] ?? 0) < pieces);

  // The products that a code may mean, of all that these parcels know: [{sku, name}]. A barcode that one line names is
  // known of its product everywhere, of a gift too; two products with one barcode are both named.
  function meant(code, parcels) {
    const found = new Map();
    for (const parcel of parcels) {
      for (const item of parcel.items) if (item.codes.some((one) => same(one, code))) found.set(low(item.sku), { sku: item.sku, name: item.name });
      for (const gift of parcel.gifts) if (same(gift.code, code) && !found.has(low(gift.code))) found.set(low(gift.code), { sku: gift.code, name: gift.name });
    }
    return [...found.values()];
  }

  const began = (parcel) => ({ parcel, scanned: {}, isLabelled: false, isNewLabel: !parcel.is_changed, given: {}, wrong: null, asks: null });

  // {at: the parcel at hand or null, said: a code, code, found: the products meant}. `said`: item, label, gift, moved,
  // wrong_item, too_many, wrong_label, shared, shared_first, blocked, unknown. `known`: parcels that tell what a code means.
  function scan(before, code, waiting, known = waiting) {
    if (before === null) return first(code, waiting, known);
    if (before.wrong) return { at: before, said: "blocked", code, found: [] };
    const at = { ...before, asks: null };
    if (isLabelOf(at.parcel, code)) return { at: { ...at, isLabelled: true }, said: "label", code, found: [] };
    const found = meant(code, [at.parcel, ...known]);
    if (found.length > 1) return { at: { ...at, asks: { code, choices: found } }, said: "shared", code, found };
    if (found.length === 1) return taken(at, found[0], code);
    const other = waiting.find((one) => isLabelOf(one, code));
    return other ? moved(at, other, code) : refused(at, "wrong_item", code, found);
  }

  function first(code, waiting, known) {
    const labelled = waiting.find((one) => isLabelOf(one, code));
    if (labelled) return { at: { ...began(labelled), isLabelled: true }, said: "label", code, found: [] };
    const found = meant(code, known);
    const needing = waiting.filter((one) => found.some(({ sku }) => itemOf(one, sku)));
    if (needing.length === 0) return { at: null, said: "unknown", code, found };
    if (found.length > 1) return { at: null, said: "shared_first", code, found };
    return taken(began(needing[0]), found[0], code);
  }

  // A piece of a product: for its line, then for the gift of the same product, else it is too much or not of this parcel.
  function taken(at, product, code) {
    const { parcel } = at;
    const item = itemOf(parcel, product.sku);
    const pieces = item ? (at.scanned[item.sku] ?? 0) + 1 : 0;
    if (item && pieces <= wanted(parcel)[item.sku]) return { at: { ...at, scanned: { ...at.scanned, [item.sku]: pieces } }, said: "item", code, found: [product] };
    const gift = giftOf(parcel, product.sku);
    const given = gift ? (at.given[gift.code] ?? 0) + 1 : 0;
    if (gift && given <= giftsWanted(parcel)[gift.code]) return { at: { ...at, given: { ...at.given, [gift.code]: given } }, said: "gift", code, found: [product] };
    return refused(at, item || gift ? "too_many" : "wrong_item", code, [product]);
  }

  const chosen = (at, product) => taken({ ...at, asks: null }, product, at.asks.code);

  // Another parcel's label: of two that need the same product, the label decides which one it is.
  function moved(at, other, code) {
    const fits = Object.entries(at.scanned).every(([sku, pieces]) => (wanted(other)[sku] ?? 0) >= pieces);
    if (at.isLabelled || Object.keys(at.given).length > 0 || !fits) return refused(at, "wrong_label", code, []);
    return { at: { ...began(other), scanned: at.scanned, isLabelled: true }, said: "moved", code, found: [] };
  }

  const refused = (at, reason, code, found) => ({ at: { ...at, wrong: { reason, code, found } }, said: reason, code, found });
  const all = (at, sku) => ({ ...at, asks: null, scanned: { ...at.scanned, [sku]: wanted(at.parcel)[sku] } });
  const withGifts = (at) => ({ ...at, asks: null, given: giftsWanted(at.parcel) });

  function missing(at) {
    const left = [];
    if (!at.isLabelled) left.push("label");
    if (!at.isNewLabel) left.push("new_label");
    if (isShort(at.scanned, wanted(at.parcel))) left.push("items");
    if (isShort(at.given, giftsWanted(at.parcel))) left.push("gifts");
    return left;
  }

  const isComplete = (at) => at.wrong === null && at.asks === null && missing(at).length === 0;

  function difference(one, other) {
    const [mine, theirs] = [one.split("-"), other.split("-")];
    if (mine.length !== PARTS.length || theirs.length !== PARTS.length) return "label";
    return PARTS.find((_, place) => mine[place] !== theirs[place]) ?? "";
  }

  // Why a parcel that was seen as `version` must stop now; empty when it need not.
  function stopped(version, row) {
    const differs = difference(version, row.version);
    if (row.state === "ready" || row.state === "packed") return differs;
    return row.state === "relabel" && differs !== "label" && differs ? differs : row.state;
  }

  // Safari before 15.4 makes no such ids by itself.
  const uuid = () => (crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""));

  function resultOf(at, outcome, staff, reason, code) {
    const { parcel } = at;
    return {
      staff,
      asked: {
        result_id: uuid(), order_id: parcel.order_id, parcel: parcel.parcel, waybill_number: parcel.waybill_number,
        version: parcel.version, packed_at: Date.now(), outcome, gifts: Object.values(at.given).reduce((sum, pieces) => sum + pieces, 0), reason: reason ?? "", code: (code ?? "").slice(0, 64),
        items: Object.entries(at.scanned).map(([sku, quantity]) => ({ code: sku, quantity })),
      },
    };
  }

  return { keyOf, scan, chosen, meant, all, withGifts, missing, isComplete, difference, stopped, resultOf, isLabelOf };
})();
