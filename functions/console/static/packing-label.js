// The label as a picture, 100 × 150 mm: where things stand, the number, the gift line, the sticker. No receiver.
"use strict";
const PackingLabel = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function shape(name, values, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // A text that stays in its area, whatever its length: Chinese signs are as wide as they are high.
  function written(picture, area, text, most, middle) {
    const box = picture.querySelector(`[data-area="${CSS.escape(area)}"]`);
    if (!box || !text) return;
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
    const wide = [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 1 : 0.62), 0);
    const size = Math.min(most, height * 0.8, (width - 2) / wide);
    const place = middle ? { x: x + width / 2, "text-anchor": "middle" } : { x: x + 1 };
    picture.append(shape("text", { ...place, y: y + height / 2 + size * 0.36, "font-size": size.toFixed(2) }, text));
  }

  function bars(picture, number) {
    const box = picture.querySelector('[data-area="barcode"]');
    const [left, top, height] = ["x", "y", "height"].map((name) => Number(box.getAttribute(name)));
    let x = left + 6;
    for (const [place, sign] of [...`${number}${number}`].slice(0, 30).entries()) {
      const width = 0.5 + ((sign.charCodeAt(0) + place) % 4) * 0.4;
      picture.append(shape("rect", { class: "ink", x: x.toFixed(2), y: top + 1.5, width: width.toFixed(2), height: height - 3 }));
      x += width + 1.1;
    }
  }

  function drawn(parcel, words) {
    const picture = document.getElementById("label-ground").content.firstElementChild.cloneNode(true);
    const stickers = parcel.gifts.filter((gift) => gift.sticker);
    picture.setAttribute("aria-label", words.label(parcel, stickers));
    written(picture, "carrier", parcel.carrier_name, 7, false);
    written(picture, "version", words.parcel(parcel), 4.6, false);
    written(picture, "order", parcel.order_id, 3, false);
    if (parcel.waybill_number) bars(picture, parcel.waybill_number);
    written(picture, "number", parcel.waybill_number, 5.5, true);
    written(picture, "receiver.name", words.receiver, 5, false);
    written(picture, "goods", words.pieces(parcel.items.reduce((sum, item) => sum + item.quantity, 0)), 4, false);
    written(picture, "gifts", parcel.gifts.map((gift) => gift.waybill_line).join(" "), 5.6, false);
    const size = words.stick.length > 1 ? 4.8 : 7.5;
    for (const { sticker } of stickers) {
      picture.append(shape("circle", { class: "sticker", cx: sticker.x_mm, cy: sticker.y_mm, r: 9 }));
      picture.append(shape("text", { class: "stick", x: sticker.x_mm, y: sticker.y_mm + size * 0.35, "font-size": size, "text-anchor": "middle" }, words.stick));
    }
    return picture;
  }

  return { drawn };
})();
