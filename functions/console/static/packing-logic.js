// What a scan means: pure, on plain values. A parcel at hand is {parcel, scanned, isLabelled, isNewLabel, gifts, wrong}.
"use strict";
const PackingLogic = (() => {
  const PARTS = ["address", "items", "gifts", "label"];
  const same = (one, other) => one.toLowerCase() === other.toLowerCase();
  const keyOf = (parcel) => `${parcel.order_id}#${parcel.parcel}`;
  const isLabelOf = (parcel, code) => parcel.waybill_number !== "" && same(parcel.waybill_number, code);
  const itemOf = (parcel, code) => parcel.items.find((item) => item.codes.some((one) => same(one, code)));
  const wanted = (parcel) => parcel.items.reduce((sum, item) => ({ ...sum, [item.sku]: (sum[item.sku] ?? 0) + item.quantity }), {});
  const giftsWanted = (parcel) => parcel.gifts.reduce((sum, gift) => sum + gift.quantity, 0);

  const began = (parcel) => ({ parcel, scanned: {}, isLabelled: false, isNewLabel: !parcel.is_changed, gifts: 0, wrong: null });

  // {at: the parcel at hand or null, said: a code, code}. `said`: item, label, gift, moved, wrong_item, too_many,
  // wrong_label, blocked, unknown.
  function scan(at, code, waiting) {
    if (at === null) return first(code, waiting);
    if (at.wrong) return { at, said: "blocked", code };
    const { parcel } = at;
    if (isLabelOf(parcel, code)) return { at: { ...at, isLabelled: true }, said: "label", code };
    const item = itemOf(parcel, code);
    if (item) return counted(at, item.sku, code);
    const gift = parcel.gifts.find((one) => same(one.code, code));
    if (gift && at.gifts < giftsWanted(parcel)) return { at: { ...at, gifts: at.gifts + 1 }, said: "gift", code };
    const other = waiting.find((one) => isLabelOf(one, code));
    if (other) return moved(at, other, code);
    return refused(at, "wrong_item", code);
  }

  function first(code, waiting) {
    const labelled = waiting.find((one) => isLabelOf(one, code));
    if (labelled) return { at: { ...began(labelled), isLabelled: true }, said: "label", code };
    const needing = waiting.filter((one) => itemOf(one, code));
    if (needing.length === 0) return { at: null, said: "unknown", code };
    return counted(began(needing[0]), itemOf(needing[0], code).sku, code);
  }

  function counted(at, sku, code) {
    const pieces = (at.scanned[sku] ?? 0) + 1;
    if (pieces > wanted(at.parcel)[sku]) return refused(at, "too_many", code);
    return { at: { ...at, scanned: { ...at.scanned, [sku]: pieces } }, said: "item", code };
  }

  // Another parcel's label: of two that need the same product, the label decides which one it is.
  function moved(at, other, code) {
    const fits = Object.entries(at.scanned).every(([sku, pieces]) => (wanted(other)[sku] ?? 0) >= pieces);
    if (at.isLabelled || at.gifts > 0 || !fits) return refused(at, "wrong_label", code);
    return { at: { ...began(other), scanned: at.scanned, isLabelled: true }, said: "moved", code };
  }

  const refused = (at, reason, code) => ({ at: { ...at, wrong: { reason, code } }, said: reason, code });
  const all = (at, sku) => ({ ...at, scanned: { ...at.scanned, [sku]: wanted(at.parcel)[sku] } });
  const withGifts = (at) => ({ ...at, gifts: giftsWanted(at.parcel) });

  function missing(at) {
    const left = [];
    if (!at.isLabelled) left.push("label");
    if (!at.isNewLabel) left.push("new_label");
    if (Object.entries(wanted(at.parcel)).some(([sku, pieces]) => (at.scanned[sku] ?? 0) < pieces)) left.push("items");
    if (at.gifts < giftsWanted(at.parcel)) left.push("gifts");
    return left;
  }

  const isComplete = (at) => at.wrong === null && missing(at).length === 0;

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

  function resultOf(at, outcome, staff, reason, code) {
    const { parcel } = at;
    return {
      staff,
      asked: {
        result_id: crypto.randomUUID(), order_id: parcel.order_id, parcel: parcel.parcel, waybill_number: parcel.waybill_number,
        version: parcel.version, packed_at: Date.now(), outcome, gifts: at.gifts, reason: reason ?? "", code: (code ?? "").slice(0, 64),
        items: Object.entries(at.scanned).map(([sku, quantity]) => ({ code: sku, quantity })),
      },
    };
  }

  return { keyOf, scan, all, withGifts, missing, isComplete, difference, stopped, resultOf, wanted, giftsWanted, itemOf, isLabelOf };
})();
