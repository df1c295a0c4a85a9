// The countdown of the window; the page works without it.
"use strict";
(() => {
  const two = (n) => String(n).padStart(2, "0");
  function countDown() {
    for (const one of document.querySelectorAll("[data-due]")) {
      const seconds = Math.max(0, Math.floor((Number(one.dataset.due) - Date.now()) / 1000));
      one.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    countDown();
    setInterval(countDown, 1000);
  });
})();
