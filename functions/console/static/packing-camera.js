// Scanning with the camera. The browser's own reader where it works, else ZXing, which is loaded when it is needed.
"use strict";
const PackingCamera = (() => {
  // No QR codes: labels and boxes carry those too, and none of them says a waybill's number or a product's code.
  const FORMATS = { code_128: "CODE_128", ean_13: "EAN_13", ean_8: "EAN_8", upc_a: "UPC_A" };
  const WIDEST = 1024, EVERY_MS = 100, AGAIN_MS = 1500, THOROUGH_EACH = 6;

  const missing = () => (!window.isSecureContext ? "insecure" : navigator.mediaDevices?.getUserMedia ? "" : "camera");

  // Which codes are scans, of what the frames show: one that two frames agree on, once, until it has been out of sight.
  function sightings() {
    const seenAt = new Map(); // codes that were told, until they have been out of sight
    let last = "";
    return (code, now) => {
      for (const [one, at] of seenAt) if (now - at >= AGAIN_MS) seenAt.delete(one);
      const isNew = code !== "" && code === last && !seenAt.has(code);
      if (isNew || seenAt.has(code)) seenAt.set(code, now);
      last = code;
      return isNew;
    };
  }

  // --- readers: a frame → what it says, or an empty text --------------------------------------------------------

  async function own() {
    if (!("BarcodeDetector" in window)) return null;
    const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (!["code_128", "ean_13"].every((one) => known.includes(one))) return null; // there by name only, as on phones without Google's services
    const detector = new BarcodeDetector({ formats: Object.keys(FORMATS).filter((one) => known.includes(one)) });
    return async (view) => (await detector.detect(view))[0]?.rawValue ?? "";
  }

  let loading = null;
  function loaded(address) {
    loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.onload = () => done(window.ZXing);
      script.onerror = () => { loading = null; script.remove(); failed(new DOMException("the decoder is not there", "DecoderError")); };
      script.src = address;
      document.head.append(script);
    });
    return loading;
  }

  async function zxing(address) {
    const Z = await loaded(address);
    const formats = [Z.DecodeHintType.POSSIBLE_FORMATS, Object.values(FORMATS).map((name) => Z.BarcodeFormat[name])];
    const readers = [[formats], [formats, [Z.DecodeHintType.TRY_HARDER, true]]].map((hints) => { const one = new Z.MultiFormatReader(); one.setHints(new Map(hints)); return one; });
    let frames = 0;
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async (view) => {
      const scale = Math.min(1, WIDEST / view.videoWidth);
      const [width, height] = [Math.round(view.videoWidth * scale), Math.round(view.videoHeight * scale)];
      if (!width || !height) return "";
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      pen.drawImage(view, 0, 0, width, height);
      const { data } = pen.getImageData(0, 0, width, height);
      const grey = new Uint8ClampedArray(width * height);
      for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) grey[at] = (data[from] * 77 + data[from + 1] * 151 + data[from + 2] * 28) >> 8;
      try {
        frames += 1; // the middle of a frame takes some 10 ms; all of it, and turned, some 200
        return readers[frames % THOROUGH_EACH ? 0 : 1].decodeWithState(new Z.BinaryBitmap(new Z.HybridBinarizer(new Z.RGBLuminanceSource(grey, width, height)))).getText();
      } catch {
        return ""; // nothing to be read in this frame
      }
    };
  }

  // --- the camera -----------------------------------------------------------------------------------------------

  // `on`: {code(text), closed(why), torch(can)}; `why` is the name of an error, taken, hidden or empty.
  function camera(view, decoder, on) {
    let stream = null, turn = 0;

    async function open() {
      const mine = ++turn;
      try {
        const asked = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } };
        const [got, read] = await Promise.all([navigator.mediaDevices.getUserMedia(asked), own().then((reader) => reader ?? zxing(decoder)).catch((failed) => failed)]);
        if (mine !== turn || document.hidden || read instanceof Error) {
          got.getTracks().forEach((track) => track.stop());
          throw read instanceof Error ? read : new DOMException("the page is away", "hidden");
        }
        stream = got;
        view.srcObject = stream;
        const [track] = stream.getVideoTracks();
        track.addEventListener("ended", () => { if (stream === got) close("taken"); });
        await view.play();
        on.torch(Boolean(track.getCapabilities?.().torch));
        watch(read, got);
      } catch (failed) {
        if (mine === turn) close(failed.name);
      }
    }

    function close(why = "") {
      turn += 1;
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      view.srcObject = null;
      on.torch(false);
      on.closed(why);
    }

    async function watch(read, mine) {
      const isScan = sightings();
      let reader = read;
      while (stream === mine) {
        let code = "";
        try { code = await reader(view); } catch { reader = await zxing(decoder).catch(() => reader); } // its service is not on this phone
        if (stream === mine && isScan(code, performance.now())) on.code(code);
        await new Promise((go) => setTimeout(go, EVERY_MS));
      }
    }

    const light = (isOn) => stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: isOn }] }).catch(() => on.torch(false));
    document.addEventListener("visibilitychange", () => { if (document.hidden && stream) close("hidden"); });
    window.addEventListener("pagehide", () => { if (stream) close("hidden"); });
    return { open, close, light, isOpen: () => stream !== null };
  }

  return { missing, sightings, camera };
})();
