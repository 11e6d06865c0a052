// Keeps an open page true: fetches its main part again when the server says that
// something changed, puts what is new into the page as it stands, and counts relative
// times. Without it every page works the same, by reloading.
"use strict";
(() => {
  const body = document.body, main = document.getElementById("main");
  const news = document.getElementById("news"), lost = document.getElementById("lost");
  const zh = document.documentElement.lang.startsWith("zh");
  const speed = Number(body.dataset.speed) || 1;
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

  // What somebody has written or chosen in a field and not yet sent.
  const written = (e) => {
    if (e.type === "checkbox" || e.type === "radio") return e.checked !== e.defaultChecked;
    if (e.nodeName === "SELECT") return e.selectedIndex !== Math.max(0, [...e.options].findIndex((o) => o.defaultSelected));
    return e.type !== "hidden" && e.value !== e.defaultValue;
  };
  const fields = "textarea, input, select";
  const inUse = (n) => n.nodeType === 1 && [...n.querySelectorAll(fields), ...(n.matches(fields) ? [n] : [])].some((e) => e === document.activeElement || written(e));

  // sign tells which node of the new page is which of the old one: a form by what it
  // does, a field by its name, so that a finger or a half-written line never lands in another act.
  const sign = (n) => {
    if (n.nodeType !== 1) return n.nodeName;
    if (n.matches("[data-chart] > .live")) return "chart.js"; // no page has it
    const a = (k) => n.getAttribute(k) || "";
    let m = n.nodeName + "#" + a("id");
    if (/^(BUTTON|INPUT|SELECT|TEXTAREA)$/.test(n.nodeName)) m += "|" + a("name") + "|" + a("type") + "|" + (/^(|submit|radio|checkbox)$/.test(a("type")) && n.nodeName !== "SELECT" ? a("value") : "");
    if (n.nodeName === "FORM") { const d = n.querySelector("[type=hidden][name=do]"); m += "|" + a("action") + "|" + (d ? d.value : ""); }
    return m;
  };
  let stale = false; // what somebody is writing on has changed underneath
  const dress = (from, to) => {
    if (from.nodeName === "TEXTAREA" && written(from) && from.defaultValue !== to.defaultValue) stale = true;
    if (from.matches(".drawn[data-chart]")) to.classList.add("drawn"); // by chart.js
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (name !== "open" && from.getAttribute(name) !== value) from.setAttribute(name, value);
  };
  const graft = (from, to) => {
    const wanted = new Map();
    for (const n of to.childNodes) wanted.set(sign(n), (wanted.get(sign(n)) || 0) + 1);
    let old = from.firstChild;
    const next = () => { const n = old; old = n.nextSibling; return n; };
    const drop = () => { const n = next(); if (inUse(n)) stale = true; else if (sign(n) !== "chart.js") n.remove(); };
    for (const young of [...to.childNodes]) {
      const m = sign(young);
      while (old && !wanted.get(sign(old))) drop();
      wanted.set(m, wanted.get(m) - 1);
      let twin = old;
      while (twin && sign(twin) !== m) twin = twin.nextSibling;
      if (!twin) { from.insertBefore(young, old); continue; }
      if (twin === old) next(); else from.insertBefore(twin, old);
      if (twin.nodeType === 1) { dress(twin, young); graft(twin, young); } else if (twin.data !== young.data) twin.data = young.data;
    }
    while (old) drop();
  };

  // Who works with the keyboard stays where he was, also when what he was on is gone:
  // then on the nearest thing around it.
  const keepFocus = (change) => {
    const at = document.activeElement, around = [];
    if (at && main.contains(at)) for (let e = at.parentElement; e && e !== main; e = e.parentElement) if (e.id) around.push(e.id);
    change();
    if (!at || document.activeElement === at || at === document.body) return;
    if (at.isConnected) { at.focus({ preventScroll: true }); return; }
    for (const id of around) {
      const e = document.getElementById(id), to = e && (e.matches("details") ? e.querySelector("summary") : e.querySelector("summary, a[href], button, input:not([type=hidden])"));
      if (to) { to.focus({ preventScroll: true }); return; }
    }
    main.focus({ preventScroll: true });
  };

  let busy = false, again = false, timer = 0, spread = 0;
  const fresh = async () => {
    timer = 0;
    if (document.hidden) { again = true; return; }
    if (busy) { again = true; return; }
    busy = true; again = false;
    try {
      const r = await fetch(location.pathname + location.search, { headers: { "X-Part": "main" }, redirect: "manual", cache: "no-store" });
      if (r.status === 401 || r.type === "opaqueredirect") { location.reload(); return; }
      if (!r.ok) throw new Error("status " + r.status);
      const page = document.createElement("template");
      page.innerHTML = await r.text();
      if (!main.querySelector(".said")) for (const p of page.content.querySelectorAll(".said")) p.remove(); // it was said before
      stale = false;
      keepFocus(() => graft(main, page.content));
      main.dispatchEvent(new CustomEvent("renewed"));
      setNow(Number(r.headers.get("X-Now"))); news.hidden = !stale; lost.hidden = true; tell(); comeBack();
    } catch { lost.hidden = false; soon(5000); } finally { busy = false; if (again) soon(200 + Math.random() * spread); }
  };
  const soon = (ms) => { if (!timer) timer = setTimeout(fresh, ms); };
  const comeBack = () => { if (main.querySelector("[data-waits]")) soon(1000); }; // for what is worked out behind the page
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
  const more = document.querySelector(".tabs details");
  if (more) {
    document.addEventListener("click", (e) => { if (!more.contains(e.target)) more.open = false; });
    more.addEventListener("keydown", (e) => { if (e.key === "Escape" && more.open) { more.open = false; more.querySelector("summary").focus(); } });
  }
  const aim = document.querySelector(".step:target:not(.ticked) details");
  if (aim) aim.open = true;
  tell();
  comeBack();
})();
