// Keeps an open page true: fetches its main part again when the server says that
// something changed, and counts relative times. Without it every page works the
// same, by reloading.
"use strict";
(() => {
  const body = document.body, main = document.getElementById("main");
  const news = document.getElementById("news"), lost = document.getElementById("lost");
  const zh = document.documentElement.lang.startsWith("zh");
  const speed = Number(body.dataset.speed) || 1;
  const tab = document.querySelector(".tabs [aria-current]");
  const showTab = () => { tab.parentNode.scrollLeft = tab.offsetLeft - (tab.parentNode.clientWidth - tab.clientWidth) / 2; };
  if (tab) { showTab(); addEventListener("load", showTab); }
  let base = Number(body.dataset.now), mark = performance.now();
  const now = () => base + (performance.now() - mark) * speed;
  const worker = navigator.serviceWorker;
  const setNow = (ms) => {
    if (!(ms > 0)) return;
    base = ms; mark = performance.now();
    if (worker && worker.controller) worker.controller.postMessage("seen"); // for the page that says since when nothing was
  };

  const span = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000), m = Math.floor(s / 60) % 60, h = Math.floor(s / 3600) % 24, d = Math.floor(s / 86400);
    const u = (n, a, b) => n + " " + (zh ? a : b);
    if (d) return u(d, "天", "d") + (h ? " " + u(h, "小时", "h") : "");
    if (h) return u(h, "小时", "h") + (m ? " " + u(m, "分", "min") : "");
    return m ? u(m, "分钟", "min") : u(s, "秒", "s");
  };
  const ago = (ms) => ms < 60000 ? (zh ? "刚刚" : "just now") : span(ms) + (zh ? "前" : " ago");
  const left = (ms) => {
    if (ms >= 60000) return zh ? "还剩 " + span(ms) : span(ms) + " left";
    if (ms > 0) return zh ? "不到 1 分钟" : "under a minute";
    if (ms > -60000) return zh ? "刚到点" : "due now";
    return zh ? "超时 " + span(ms) : span(ms) + " late";
  };
  const tell = () => {
    const t = now();
    for (const e of document.querySelectorAll("[data-ago]")) {
      const d = t - Date.parse(e.dataset.ago);
      if (d >= 0) e.textContent = ago(d);
    }
    for (const e of document.querySelectorAll("[data-due]")) {
      const d = Date.parse(e.dataset.due) - t, b = e.querySelector("b");
      if (b) b.textContent = left(d);
      e.classList.toggle("late", d <= 0);
      e.classList.toggle("soon", d > 0 && d <= 900000);
    }
  };
  setInterval(tell, Math.max(1000, Math.min(15000, 15000 / speed)));

  // A page somebody is writing on is never replaced under their hands.
  const writing = () => {
    const a = document.activeElement;
    if (a && main.contains(a) && /^(INPUT|TEXTAREA|SELECT)$/.test(a.tagName)) return true;
    return [...main.querySelectorAll("textarea, input:not([type=hidden]), select")].some((e) =>
      e.tagName === "SELECT" ? e.selectedIndex > 0 : e.value !== e.defaultValue);
  };
  let busy = false, again = false, timer = 0, spread = 0;
  const fresh = async () => {
    timer = 0;
    if (document.hidden) { again = true; return; }
    if (writing()) { news.hidden = false; return; }
    if (busy) { again = true; return; }
    busy = true; again = false;
    try {
      const r = await fetch(location.pathname + location.search, { headers: { "X-Part": "main" }, redirect: "manual", cache: "no-store" });
      if (r.status === 401 || r.type === "opaqueredirect") { location.reload(); return; }
      if (!r.ok) throw new Error("status " + r.status);
      const text = await r.text();
      if (writing()) { news.hidden = false; return; }
      const open = new Map([...main.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
      const focus = document.activeElement && document.activeElement.id;
      const next = document.createElement("div");
      next.innerHTML = text;
      main.dispatchEvent(new CustomEvent("renew", { detail: next }));
      main.replaceChildren(...next.childNodes);
      for (const [id, was] of open) { const d = document.getElementById(id); if (d) d.open = was; }
      for (const p of main.querySelectorAll(".said")) p.remove();
      if (focus) { const e = document.getElementById(focus); if (e) e.focus({ preventScroll: true }); }
      main.dispatchEvent(new CustomEvent("renewed"));
      setNow(Number(r.headers.get("X-Now"))); news.hidden = true; lost.hidden = true; tell();
    } catch { lost.hidden = false; soon(5000); } finally { busy = false; if (again) soon(200 + Math.random() * spread); }
  };
  const soon = (ms) => { if (!timer) timer = setTimeout(fresh, ms); };
  news.addEventListener("click", (e) => { e.preventDefault(); location.reload(); });

  const of = body.dataset.live;
  if (of) {
    let source = null;
    const listen = () => {
      source = new EventSource("/live?of=" + encodeURIComponent(of === "*" ? "" : of));
      source.addEventListener("changed", (e) => {
        const [ms, over] = e.data.split(" ").map(Number);
        spread = over || 0;
        setNow(ms); soon(30 + Math.random() * spread);
      });
      source.addEventListener("beat", (e) => setNow(Number(e.data)));
      source.onopen = () => { lost.hidden = true; };
      source.onerror = () => { lost.hidden = false; if (source.readyState === 2) { setTimeout(listen, 15000); } };
    };
    listen();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(100); });
    setInterval(() => soon(0), 60000);
  }
  const aim = document.querySelector(".step:target:not(.ticked) details");
  if (aim) aim.open = true;
  tell();
})();
