// What the station keeps on this device: the loaded list, results not sent yet, parcels it packed. Nothing personal.
"use strict";
const PackingStore = (() => {
  const opened = new Promise((done, failed) => {
    if (!window.indexedDB) { failed(new DOMException("this browser keeps nothing", "NotSupportedError")); return; }
    const asked = indexedDB.open("packing", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("results", { keyPath: "id" });
      asked.result.createObjectStore("packed", { keyPath: "key" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  opened.catch(() => undefined); // told by the first who asks

  // One transaction over these stores; its promise is kept when everything is on the disk.
  async function within(stores, mode, work) {
    const base = await opened;
    return new Promise((done, failed) => {
      const transaction = base.transaction(stores, mode, { durability: "strict" });
      const asked = work(...stores.map((name) => transaction.objectStore(name)));
      transaction.oncomplete = () => done(asked?.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  }

  const load = async () => ({
    wave: await within(["kept"], "readonly", (kept) => kept.get("wave")),
    packed: await within(["packed"], "readonly", (packed) => packed.getAll()),
  });
  const keepWave = (wave) => within(["kept"], "readwrite", (kept) => kept.put(wave, "wave"));
  const results = () => within(["results"], "readonly", (all) => all.getAll());

  // A result, and that its parcel was packed here, are kept together or not at all.
  const keepResult = (result, packed) =>
    within(["results", "packed"], "readwrite", (results, parcels) => {
      results.put({ ...result, id: result.asked.result_id });
      if (packed) parcels.put(packed);
    });
  const keepPacked = (packed) => within(["packed"], "readwrite", (all) => all.put(packed));
  const forgetResults = (ids) => within(["results"], "readwrite", (all) => ids.forEach((id) => all.delete(id)));
  const forgetPacked = (keys) => within(["packed"], "readwrite", (all) => keys.forEach((key) => all.delete(key)));

  return { load, keepWave, results, keepResult, keepPacked, forgetResults, forgetPacked };
})();
