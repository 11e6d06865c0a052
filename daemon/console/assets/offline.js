// Says since when nothing was seen, and goes on as soon as the console answers.
"use strict";
(async () => {
  const since = document.getElementById("since"), zh = document.documentElement.lang.startsWith("zh");
  const kept = await (await caches.open("watchfire")).match("/-/seen");
  const at = kept ? Number(await kept.text()) : 0;
  const span = (ms) => {
    const m = Math.floor(ms / 60000), h = Math.floor(m / 60), d = Math.floor(h / 24);
    const u = (n, a, b) => n + " " + (zh ? a : b);
    if (d) return u(d, "天", "d") + (h % 24 ? " " + u(h % 24, "小时", "h") : "");
    if (h) return u(h, "小时", "h") + (m % 60 ? " " + u(m % 60, "分", "min") : "");
    return u(Math.max(m, 1), "分钟", "min");
  };
  const tell = () => {
    if (!(at > 0)) return;
    const when = new Intl.DateTimeFormat(zh ? "zh-CN" : "en-GB", { timeZone: document.body.dataset.zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
    since.textContent = since.dataset.form.replace("{at}", when).replace("{ago}", span(Date.now() - at));
  };
  tell();
  setInterval(tell, 15000);
  setInterval(async () => {
    try {
      const r = await fetch("/assets/icon.svg", { cache: "no-store" });
      if (r.ok) location.reload();
    } catch { /* still out of reach: the page says so */ }
  }, 10000);
})();
