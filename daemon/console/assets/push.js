// Registers the service worker, keeps the subscription of this browser to alerts in step
// with the console, and works the buttons on the account page.
"use strict";
(() => {
  const box = document.getElementById("push-here"), key = document.body.dataset.push;
  const say = (...what) => { if (box) for (const e of box.querySelectorAll("[data-say]")) e.hidden = !what.includes(e.dataset.say); };
  const offer = (what) => { if (box) for (const e of box.querySelectorAll("[data-do]")) e.hidden = e.dataset.do !== what; };
  if (!("serviceWorker" in navigator)) { say(isSecureContext ? "none" : "insecure"); return; }
  const ready = navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready);
  ready.catch((e) => { console.warn(e); }); // no page for the time off line then
  if (!key) return;
  if (!("PushManager" in window) || !("Notification" in window)) { say(/iPhone|iPad/.test(navigator.userAgent) ? "ios" : "none"); return; }

  const post = (path, fields) => fetch(path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const keyOf = (s) => btoa(String.fromCharCode(...new Uint8Array(s.options.applicationServerKey))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const parts = (s) => { const j = s.toJSON(); return { endpoint: j.endpoint, p256dh: j.keys.p256dh, auth: j.keys.auth, key: keyOf(s) }; };
  const keep = async (s) => (await caches.open("watchfire")).put("/-/mine", new Response(JSON.stringify(s.toJSON())));
  const late = () => new Promise((_, no) => { setTimeout(() => no(new Error("the push service does not answer")), 20000); });
  const ask = (r) => Promise.race([r.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }), late()]); // out of reach, it is silent

  // What the console does not know of is withdrawn: somebody removed it from the list, or
  // somebody else is logged in here. What was made for an earlier key is made anew.
  const settle = async () => {
    const r = await ready;
    let s = await r.pushManager.getSubscription();
    if (s && Notification.permission !== "granted") s = null;
    if (s && keyOf(s) !== key) {
      const old = s.toJSON();
      await s.unsubscribe();
      s = await ask(r);
      const done = await post("/push/renew", { old: old.endpoint, oldauth: old.keys.auth, ...parts(s) });
      if (!done.ok) await post("/push", { do: "subscribe", ...parts(s) });
      await keep(s);
    } else if (s && (box || !sessionStorage.getItem("pushed"))) {
      const done = await post("/push", { do: "confirm", endpoint: s.endpoint });
      if (done.status === 404) { await s.unsubscribe(); s = null; } else if (done.ok) { sessionStorage.setItem("pushed", "1"); await keep(s); }
    }
    if (s) { say("on"); offer("unsubscribe"); return; }
    if (Notification.permission === "denied") { say("denied"); offer(""); return; }
    say("off"); offer("subscribe");
  };
  const subscribe = async () => {
    if (await Notification.requestPermission() !== "granted") { await settle(); return; }
    let s;
    try { s = await ask(await ready); } catch { say("service"); return; }
    const done = await post("/push", { do: "subscribe", ...parts(s) });
    if (done.ok) { await keep(s); location.assign("/account?said=push#push"); return; }
    await s.unsubscribe();
    say(done.status === 409 ? "many" : "failed");
  };
  const unsubscribe = async () => {
    const s = await (await ready).pushManager.getSubscription();
    if (s) { await post("/push", { do: "unsubscribe", endpoint: s.endpoint }); await s.unsubscribe(); }
    location.assign("/account?said=pushoff#push");
  };
  const trouble = (e) => { console.error(e); say("failed"); };
  if (box) box.addEventListener("click", (e) => {
    const what = e.target.dataset.do;
    if (what) ({ subscribe, unsubscribe })[what]().catch(trouble);
  });
  settle().catch(trouble);
})();
