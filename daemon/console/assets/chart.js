// Draws the course of an incident or a topic with uPlot in place of the still
// picture, and keeps it true while the page is open. All words and times come from
// the server, in the reader's language and the organisation's zone.
"use strict";
(() => {
  const main = document.getElementById("main");
  if (!window.uPlot || !main) return;
  const charts = new Map(); // by address of the data
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const tall = 150, lane = 30, foot = 26, side = 40;

  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const colours = () => Object.fromEntries(["paper", "ink", "dim", "rule", "bars", "part", "loud", "neg", "band", "mid", "flag", "said", "blind"].map((n) => [n, ink(n)]));

  // hatch paints what was not seen, thinly what was seen in part.
  const hatch = (u, c, from, to, whole) => {
    const g = u.ctx, r = devicePixelRatio, x = u.valToPos(from, "x", true), w = u.valToPos(to, "x", true) - x;
    const { top, height } = u.bbox, gap = (whole ? 10 : 8.5) * r;
    g.save();
    g.setLineDash([]);
    g.beginPath(); g.rect(x, top, w, height); g.clip();
    g.strokeStyle = c.blind; g.globalAlpha = 0.55; g.lineWidth = (whole ? 2.5 : 1.1) * r;
    g.beginPath();
    for (let d = Math.floor((x - height) / gap) * gap; d < x + w + height; d += gap) { g.moveTo(d, top + height); g.lineTo(d + height, top); }
    g.stroke();
    if (whole) { g.globalAlpha = 0.1; g.fillStyle = c.blind; g.fillRect(x, top, w, height); }
    g.restore();
  };
  const blind = (u, d, c) => {
    for (let i = 0; i < d.seen.length;) {
      let j = i + 1;
      while (j < d.seen.length && d.seen[j] === d.seen[i]) j++;
      if (d.seen[i] !== "seen") hatch(u, c, d.from + i * d.bucket, d.from + j * d.bucket, d.seen[i] === "blind");
      i = j;
    }
  };

  // band paints what is usual bucket by bucket, and leaves out where that is not known.
  const band = (u, d, p, c) => {
    const g = u.ctx, y = (v) => u.valToPos(Math.min(v, p.top), "y", true);
    g.save();
    g.fillStyle = c.band;
    for (let i = 0; i < d.seen.length; i++) {
      if (p.high[i] === null) continue;
      const x = Math.round(u.valToPos(d.from + i * d.bucket, "x", true)), w = Math.round(u.valToPos(d.from + (i + 1) * d.bucket, "x", true)) - x;
      g.fillRect(x, y(p.high[i]), w, y(p.low[i]) - y(p.high[i]));
    }
    g.restore();
  };
  // middle dashes what is to be expected, over the bars.
  const middle = (u, d, p, c) => {
    const g = u.ctx;
    g.save();
    g.fillStyle = c.mid;
    for (let i = 0; i < d.seen.length; i++) {
      if (p.expected[i] === null) continue;
      const x = u.valToPos(d.from + (i + 0.2) * d.bucket, "x", true), w = u.valToPos(d.from + (i + 0.8) * d.bucket, "x", true) - x;
      g.fillRect(x, u.valToPos(Math.min(p.expected[i], p.top), "y", true) - devicePixelRatio * 0.75, w, 1.5 * devicePixelRatio);
    }
    g.restore();
  };

  // Each sign has a shape of its own: no reader depends on its colour.
  const signs = {
    alert: (g, s) => { g.moveTo(0, -5 * s); g.lineTo(6 * s, 5.5 * s); g.lineTo(-6 * s, 5.5 * s); g.closePath(); },
    statement: (g, s) => { g.moveTo(0, -6 * s); g.lineTo(6 * s, 0); g.lineTo(0, 6 * s); g.lineTo(-6 * s, 0); g.closePath(); },
    tick: (g, s) => { g.moveTo(-5 * s, 0.5 * s); g.lineTo(-1.5 * s, 4 * s); g.lineTo(5 * s, -4 * s); },
  };
  const sign = (u, c, kind, at) => {
    const g = u.ctx, s = devicePixelRatio;
    g.save();
    g.translate(u.valToPos(at, "x", true), u.bbox.top - (kind === "tick" ? 8 : 21) * s);
    g.beginPath(); signs[kind](g, s);
    if (kind === "tick") { g.strokeStyle = c.mid; g.lineWidth = 2.5 * s; g.stroke(); } else {
      g.fillStyle = kind === "alert" ? c.loud : c.said; g.fill(); g.strokeStyle = c.paper; g.lineWidth = s; g.stroke();
    }
    g.restore();
  };
  const marks = (u, d, c, words) => {
    const g = u.ctx, s = devicePixelRatio, whole = d.seen.length * d.bucket, last = {};
    let row = 0, before = -1;
    g.save();
    g.setLineDash([]);
    g.font = "bold " + 11 * s + "px " + getComputedStyle(document.body).fontFamily; g.textBaseline = "middle";
    for (const m of d.marks) {
      if (m.kind) {
        if (words && signs[m.kind] && !(m.at - last[m.kind] < 0.012 * whole)) { sign(u, c, m.kind, m.at); last[m.kind] = m.at; }
        continue;
      }
      const x = u.valToPos(m.at, "x", true), share = (m.at - d.from) / whole;
      g.strokeStyle = c.flag; g.lineWidth = 1.5 * s;
      g.beginPath(); g.moveTo(x, u.bbox.top); g.lineTo(x, u.bbox.top + u.bbox.height); g.stroke();
      if (!words) continue;
      row = share - before > 0.25 ? 0 : row + 1; before = share;
      const end = share > 0.6, y = u.bbox.top + (7 + 13 * (row % 5)) * s;
      g.textAlign = end ? "right" : "left"; g.lineWidth = 3 * s; g.strokeStyle = c.paper; g.lineJoin = "round"; g.fillStyle = c.ink;
      g.strokeText(m.text, x + (end ? -4 : 4) * s, y); g.fillText(m.text, x + (end ? -4 : 4) * s, y);
    }
    g.restore();
  };

  // share draws a line with a dot for every bucket, a large one above what is usual.
  const share = (u, d, p, c) => {
    const g = u.ctx, s = devicePixelRatio, at = (i) => [u.valToPos(d.from + (i + 0.5) * d.bucket, "x", true), u.valToPos(p.observed[i], "y", true)];
    g.save();
    g.setLineDash([]);
    g.strokeStyle = c.neg; g.lineWidth = 1.5 * s; g.lineJoin = "round";
    g.beginPath();
    p.observed.forEach((v, i) => { if (v !== null) g[i && p.observed[i - 1] !== null ? "lineTo" : "moveTo"](...at(i)); });
    g.stroke();
    p.observed.forEach((v, i) => {
      if (v === null) return;
      const loud = p.high[i] !== null && v > p.high[i];
      g.fillStyle = loud ? c.loud : c.neg;
      g.beginPath(); g.arc(...at(i), (loud ? 4 : 2.5) * s, 0, 7); g.fill();
    });
    g.restore();
  };

  // columns sorts the counts of a panel into the bars that are painted differently.
  const columns = (d, p) => {
    const xs = d.seen.map((_, i) => d.from + (i + 0.5) * d.bucket), n = xs.length, last = d.filling ? n - 1 : n;
    const loud = (i) => p.high[i] !== null && p.observed[i] > p.high[i];
    const some = (f) => p.observed.map((v, i) => v > 0 && f(i) ? v : null);
    if (p.share) return [xs, p.observed, ...[0, 1, 2].map(() => xs.map(() => null))]; // drawn by hand
    return [
      xs,
      some((i) => i < last && !loud(i)), some((i) => i < last && loud(i)), some((i) => i >= last),
      p.negative.map((v, i) => i < last ? v : null),
    ];
  };

  const options = (chart, k, width) => {
    const bars = uPlot.paths.bars({ size: [0.82, 60], gap: 0 }), data = () => chart.data, panel = () => chart.data.panels[k];
    const c = () => chart.colours, first = k === 0;
    const bar = (paint, stroke) => ({ paths: bars, points: { show: false }, fill: () => c()[paint()] || "transparent", stroke: () => stroke ? c().dim : "transparent", width: stroke ? 1 : 0, dash: stroke ? [3, 2] : undefined });
    const axis = { stroke: () => c().dim, font: "11px " + getComputedStyle(document.body).fontFamily };
    return {
      width, height: tall + foot + (first ? lane : 6), padding: [first ? lane : 6, 12, 0, 0], legend: { show: false }, select: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: { x: { time: false, range: () => [data().from, data().from + data().seen.length * data().bucket] }, y: { range: () => [0, panel().top] } },
      axes: [
        { ...axis, size: foot, gap: 4, grid: { show: false }, ticks: { show: true, size: 4, stroke: () => c().dim, width: 1 }, border: { show: true, stroke: () => c().dim, width: 1 },
          splits: () => data().ticks.map((t) => t.at), values: () => data().ticks.map((t) => t.text) },
        { ...axis, size: side, gap: 4, ticks: { show: false }, grid: { stroke: () => c().rule, width: 1, dash: [2, 3], filter: (u, all) => all.map((v) => v || null) },
          splits: () => { const out = []; for (let v = 0; v <= panel().top + panel().step / 2; v += panel().step) out.push(v); return out; },
          values: (_, all) => all.map((v) => v + (panel().share ? "%" : "")) },
      ],
      series: [{}, bar(() => panel().share ? "none" : "bars"), bar(() => "loud"), bar(() => "part", true), bar(() => "neg")],
      hooks: { drawAxes: [(u) => { band(u, data(), panel(), c()); blind(u, data(), c()); }], draw: [(u) => { if (panel().share) share(u, data(), panel(), c()); middle(u, data(), panel(), c()); marks(u, data(), c(), first); }], setCursor: [(u) => { if (!chart.still) choose(chart, u.cursor.idx ?? null); }] },
    };
  };

  // choose shows one bucket in words below the chart; null: the last one.
  const choose = (chart, i) => {
    if (chart.at === i && chart.said === chart.data) return;
    chart.at = i; chart.said = chart.data;
    const d = chart.data, n = i === null ? Math.max(0, d.seen.length - (d.filling && d.seen.length > 1 ? 2 : 1)) : Math.min(i, d.seen.length - 1);
    chart.when.textContent = d.when[n] || "";
    chart.told.textContent = d.told[n] || "";
    for (const u of chart.plots) {
      const at = i === null ? -10 : u.valToPos(d.from + (n + 0.5) * d.bucket, "x");
      if (Math.abs((u.cursor.left ?? -10) - at) > 0.5 && !(u.cursor.left >= 0 && u.cursor.idx === n)) u.setCursor({ left: at, top: i === null ? -10 : 10 }, false);
    }
    const b = chart.box;
    b.setAttribute("aria-valuemax", String(Math.max(0, d.seen.length - 1)));
    b.setAttribute("aria-valuenow", String(n));
    b.setAttribute("aria-valuetext", (d.when[n] || "") + " " + (d.told[n] || ""));
  };

  const keys = (chart) => (e) => {
    const n = chart.data.seen.length, now = chart.at === null ? n - 1 : chart.at;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, ArrowDown: now - 1, ArrowUp: now + 1, PageUp: now - 10, PageDown: now + 10, Home: 0, End: n - 1, Escape: null }[e.key];
    if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    choose(chart, to === null ? null : Math.max(0, Math.min(n - 1, to)));
  };

  const element = (name, classes, text) => { const e = document.createElement(name); e.className = classes; if (text) e.textContent = text; return e; };

  // build makes the live chart of a figure, still outside of the page.
  const build = (figure, data) => {
    const chart = { data, colours: colours(), plots: [], at: null, said: null, live: element("div", "live"), box: element("div", "plotbox"), when: element("b", "num"), told: element("span", "num") };
    const titles = [...figure.querySelectorAll(".still > p")].map((p) => p.textContent);
    const b = chart.box;
    b.tabIndex = 0; b.setAttribute("role", "slider"); b.setAttribute("aria-valuemin", "0");
    b.setAttribute("aria-label", data.label); b.setAttribute("aria-description", figure.dataset.keys);
    b.addEventListener("keydown", keys(chart));
    b.addEventListener("blur", () => choose(chart, null));
    const said = element("p", "readout");
    said.setAttribute("aria-hidden", "true"); // the slider says the same
    said.append(chart.when, " ", chart.told);
    data.panels.forEach((p, k) => {
      if (!p.observed.length) return;
      const host = element("div", "");
      host.setAttribute("aria-hidden", "true");
      b.append(element("p", "dim", titles[k]), host);
      const u = new uPlot(options(chart, k, 300), columns(data, p), host);
      chart.plots.push(u); u.panel = k;
      const touch = (e) => { if (e.pointerType !== "mouse") choose(chart, Math.max(0, u.posToIdx(e.clientX - u.over.getBoundingClientRect().left))); };
      u.over.addEventListener("pointerdown", touch); u.over.addEventListener("pointermove", touch);
    });
    chart.live.append(b, said);
    new ResizeObserver(() => fit(chart)).observe(chart.live);
    return chart;
  };

  const fit = (chart) => {
    const width = Math.floor(chart.live.clientWidth);
    for (const u of chart.plots) if (width > 0 && u.width !== width) u.setSize({ width, height: u.height });
  };

  const put = (chart, figure) => {
    const still = figure.querySelector(".still");
    if (!still) return;
    for (const e of figure.querySelectorAll(".live")) e.remove(); // of other data
    figure.insertBefore(chart.live, still.nextSibling);
    figure.classList.add("drawn");
  };

  const load = async (figure) => {
    const from = figure.dataset.chart;
    const r = await fetch(from, { redirect: "manual", cache: "no-store" });
    if (!r.ok) throw new Error("status " + r.status);
    const data = await r.json();
    if (!data.seen.length) return;
    let chart = charts.get(from), at = null;
    if (chart && chart.plots.length !== data.panels.filter((p) => p.observed.length).length) { chart.plots.forEach((u) => u.destroy()); chart.live.remove(); chart = null; }
    if (!chart) {
      chart = build(figure, data);
      charts.set(from, chart);
      put(chart, figure); fit(chart);
    } else {
      if (!figure.contains(chart.live)) { put(chart, figure); fit(chart); }
      // The reader stays on the bucket, wherever that lies now.
      const moved = Math.round((chart.data.from - data.from) / data.bucket), same = chart.data.bucket === data.bucket;
      at = chart.at === null || !same || chart.at + moved < 0 ? null : chart.at + moved;
      chart.data = data; chart.box.setAttribute("aria-label", data.label);
      chart.still = true;
      for (const u of chart.plots) u.batch(() => u.setData(columns(data, data.panels[u.panel])));
      chart.still = false;
    }
    choose(chart, at === null ? null : Math.min(at, data.seen.length - 1));
  };

  // Without an answer the picture that the server drew stays, or comes back.
  const draw = () => { for (const f of main.querySelectorAll("[data-chart]")) load(f).catch(() => f.classList.remove("drawn")); };

  main.addEventListener("renewed", draw); // the page shows its main part anew
  dark.addEventListener("change", () => { for (const c of charts.values()) { c.colours = colours(); c.plots.forEach((u) => u.redraw(false)); } });
  draw();
})();
