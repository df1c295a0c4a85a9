// The gift sentence: the sticker is drawn where it will be, and the waybill's line follows the gift's name until somebody writes one.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  document.addEventListener("DOMContentLoaded", () => {
    const form = at("sentence");
    if (!form) return;
    const [x, y, spot, place] = [at("f-sticker_x_mm"), at("f-sticker_y_mm"), at("spot"), at("f-place")];
    const within = (field, most) => Math.min(most, Math.max(0, Number.parseInt(field.value, 10) || 0));
    const draw = () => {
      spot.setAttribute("cx", within(x, 100));
      spot.setAttribute("cy", within(y, 150));
    };
    place.addEventListener("change", () => {
      const chosen = place.selectedOptions[0];
      if (chosen.dataset.x) [x.value, y.value] = [chosen.dataset.x, chosen.dataset.y];
      draw();
    });
    for (const field of [x, y]) field.addEventListener("input", draw);
    const [name, pieces, line] = [at("f-name"), at("f-quantity"), at("f-waybill_line")];
    const usual = () => (name.value.trim() ? `赠品:${name.value.trim()}×${pieces.value.trim() || 1}` : "");
    let said = usual();
    const follow = () => {
      if (line.value === "" || line.value === said) line.value = usual();
      said = usual();
    };
    for (const field of [name, pieces]) field.addEventListener("input", follow);
  });
})();
