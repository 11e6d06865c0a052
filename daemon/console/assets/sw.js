// Runs behind the pages. It shows the alerts that come as pushes, and says plainly when
// the console cannot be reached. Of the console it keeps that one page: an incident as it
// was would pass for one as it is.
"use strict";
const FILES = "{FILES}".split(" "), KEY = "{KEY}";
const OFFLINE = "/offline", SEEN = "/-/seen", MINE = "/-/mine"; // kept: the page, when the console last answered, our subscription
const PATIENCE = 30000, RENEW = 600000;
const kept = () => caches.open("watchfire");
const pathOf = (url) => { const u = new URL(url); return u.pathname + u.search; };

const keepPage = async () => {
  const page = await fetch(OFFLINE, { cache: "no-store", redirect: "error" });
  if (!page.ok || !page.headers.has("X-Now")) throw new Error("the page for the time off line: status " + page.status);
  const cache = await kept();
  for (const f of FILES) if (!(await cache.match(f))) await cache.add(f);
  await cache.put(OFFLINE, page);
  for (const r of await cache.keys()) if (![OFFLINE, SEEN, MINE, ...FILES].includes(pathOf(r.url))) await cache.delete(r);
};

let noted = 0, renewed = 0;
const seen = async () => {
  const now = Date.now();
  if (now - noted < 10000) return;
  noted = now;
  const cache = await kept();
  await cache.put(SEEN, new Response(String(now)));
  if (now - renewed < RENEW) return;
  renewed = now;
  await keepPage().catch(() => { renewed = 0; });
};

addEventListener("install", (e) => e.waitUntil(keepPage().then(seen).then(() => skipWaiting())));
addEventListener("activate", (e) => e.waitUntil(clients.claim()));
addEventListener("message", (e) => { if (e.data === "seen") e.waitUntil(seen()); });

// What a proxy says in our place is not an answer of ours.
const ours = (r) => r.status < 502 || r.status > 504 || r.headers.has("X-Now");
const visit = async (e) => {
  try {
    const late = new Promise((_, no) => { setTimeout(() => no(new Error("no answer")), PATIENCE); });
    const r = await Promise.race([fetch(e.request), late]);
    if (!ours(r)) throw new Error("status " + r.status);
    e.waitUntil(seen());
    return r;
  } catch (err) {
    const page = await (await kept()).match(OFFLINE, { ignoreVary: true });
    if (!page) throw err;
    return page;
  }
};
addEventListener("fetch", (e) => {
  const r = e.request;
  if (r.method !== "GET" || new URL(r.url).origin !== location.origin) return;
  if (r.mode === "navigate") e.respondWith(visit(e));
  else if (FILES.includes(pathOf(r.url))) e.respondWith(kept().then((c) => c.match(r, { ignoreVary: true })).then((k) => k || fetch(r)));
});

// One notification for each incident: what is told later takes its place, and rings. A
// second copy takes it silently, and what comes too late does not take it.
const show = async (data) => {
  let m = {};
  try { m = data.json(); } catch { m = {}; }
  if (!m.title) m = { id: "", tag: "watchfire", at: 0, title: "烽燧 Watchfire", body: "有新情况，请打开查看。Something happened: open the console.", path: "/", lang: "zh" };
  const old = ((await registration.getNotifications({ tag: m.tag }))[0] || {}).data || {};
  const known = old.id === m.id && m.id !== "" || old.at > m.at;
  if (old.at > m.at) m = old;
  await registration.showNotification(m.title, {
    body: m.body, tag: m.tag, lang: m.lang, timestamp: m.at || undefined, data: m, icon: "/assets/icon-192.png", badge: "/assets/badge-96.png",
    requireInteraction: !!m.urgent, renotify: !known, silent: known,
  });
};
let last = Promise.resolve(); // one after another, or the second would not know what the first shows
addEventListener("push", (e) => { last = last.catch(() => {}).then(() => show(e.data)); e.waitUntil(last); });

// A window that shows the page comes to the front; another one is left as it is, because
// somebody may be writing in it.
const open = async (path) => {
  const to = new URL(path, location.origin);
  if (to.origin !== location.origin) return;
  for (const w of await clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (new URL(w.url).pathname === to.pathname) { await w.focus(); return; }
  }
  await clients.openWindow(to.href);
};
addEventListener("notificationclick", (e) => {
  e.notification.close();
  e.waitUntil(open((e.notification.data || {}).path || "/"));
});

// A browser may make its subscription anew by itself. That it is the same browser is shown
// by the secret of the one before; the log-in may have ended long ago.
const keyOf = (s) => { const k = s.options && s.options.applicationServerKey; return k ? btoa(String.fromCharCode(...new Uint8Array(k))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") : KEY; };
addEventListener("pushsubscriptionchange", (e) => e.waitUntil((async () => {
  const cache = await kept(), mine = await cache.match(MINE);
  const old = e.oldSubscription ? e.oldSubscription.toJSON() : mine ? await mine.json() : null;
  if (!old || !KEY) return;
  const next = e.newSubscription || await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: KEY });
  const j = next.toJSON();
  await fetch("/push/renew", { method: "POST", body: new URLSearchParams({ old: old.endpoint, oldauth: old.keys.auth, endpoint: j.endpoint, p256dh: j.keys.p256dh, auth: j.keys.auth, key: keyOf(next) }) });
  await cache.put(MINE, new Response(JSON.stringify(j)));
})()));
