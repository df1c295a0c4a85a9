// The health board: what was opened stays open when figures are asked for anew; large charts are drawn when wanted.
"use strict";
(() => {
  const LOST_MS = 15000;
  const board = document.getElementById("board");
  const large = document.getElementById("large");
  let open = new Set();
  let heard = Date.now();
  let charts = [];

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === board) open = new Set([...board.querySelectorAll("details[open]")].map((one) => one.id));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== board) return;
    heard = Date.now();
    board.classList.remove("lost");
    for (const one of board.querySelectorAll("details")) one.open = open.has(one.id);
    if (charts.length) draw();
  });
  // A hidden page asks for nothing: that is no loss.
  document.addEventListener("visibilitychange", () => { heard = Date.now(); });
  setInterval(() => { if (!document.hidden && Date.now() - heard > LOST_MS) board.classList.add("lost"); }, 1000);

  large.addEventListener("toggle", () => {
    if (!large.open || charts.length) return;
    const script = document.createElement("script");
    script.src = large.dataset.echarts;
    script.addEventListener("load", begin);
    document.head.append(script);
  });

  function begin() {
    if (charts.length) return;
    charts = [...large.querySelectorAll("[data-chart]")].map((place) => [place.dataset.chart, echarts.init(place)]);
    addEventListener("resize", () => charts.forEach(([, chart]) => chart.resize()));
    draw();
  }

  function draw() {
    const data = JSON.parse(document.getElementById("chart-data").textContent);
    const style = getComputedStyle(document.documentElement);
    const [ink, quiet, hairline, accent] = ["--ink", "--quiet", "--line", "--accent"].map((name) => style.getPropertyValue(name).trim());
    const axis = { axisLabel: { color: quiet }, splitLine: { lineStyle: { color: hairline } } };
    const base = (title, names) => ({
      animation: false, aria: { enabled: true }, color: [accent], textStyle: { fontFamily: style.fontFamily },
      title: { text: title, textStyle: { fontSize: 14, color: ink } }, grid: { left: 48, right: 16, top: 56, bottom: 32 },
      tooltip: { trigger: "axis", renderMode: "richText" }, xAxis: { type: "category", data: names, axisLabel: { color: quiet } }, yAxis: { type: "value", ...axis },
    });
    const room = (range) => Math.max(1, (range.max - range.min) / 5);
    const least = (range) => Math.max(0, Math.floor(range.min - room(range)));
    const most = (bound) => (range) => Math.min(bound, Math.ceil(range.max + room(range)));
    const line = (title, values, bound = Infinity) => {
      const made = base(title, data.days);
      return { ...made, yAxis: { ...made.yAxis, min: least, max: most(bound) }, series: [{ type: "line", data: values, connectNulls: false }] };
    };
    const options = {
      distribution: { ...base(data.distribution.name, data.distribution.bounds), series: [{ type: "bar", data: data.distribution.counts }] },
      median: line(data.median.name, data.median.values),
      exceptions: line(data.exceptions.name, data.exceptions.values, 100),
      consistency: line(data.consistency.name, data.consistency.values, 100),
    };
    for (const [name, chart] of charts) chart.setOption(options[name]);
  }
})();
