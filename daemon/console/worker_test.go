package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// screen is a real Chromium in which somebody is logged in.
type screen struct {
	t   *testing.T
	url string
	ctx context.Context

	worker chan serviceworker.RegistrationID // told when there is one
}

// newScreen starts a Chromium that knows no other machine.
func (w *world) newScreen() *screen {
	w.t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		w.t.Skip("no Chromium is installed: apt-get install chromium fonts-noto-cjk")
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))...)
	ctx, leave := chromedp.NewContext(ctx)
	s := &screen{t: w.t, url: w.server.URL, ctx: ctx, worker: make(chan serviceworker.RegistrationID, 1)}
	w.t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // it is gone, or is killed with its allocator
		leave()
		stop()
	})
	if err := chromedp.Listen(ctx, s.hear); err != nil { // opens the tab
		w.t.Fatal(err)
	}
	call(s, serviceworker.Enable, cdp.Empty{})
	k := w.browser.Jar.Cookies(mustURL(s.url))[0]
	call(s, network.SetCookie, network.SetCookieParams{Name: k.Name, Value: k.Value, URL: s.url, HTTPOnly: new(true)})
	call(s, network.SetCookie, network.SetCookieParams{Name: langCookie, Value: "zh", URL: s.url})
	return s
}

func (s *screen) hear(event any) {
	if e, ok := event.(*serviceworker.EventWorkerRegistrationUpdated); ok && len(e.Registrations) > 0 {
		select {
		case s.worker <- e.Registrations[0].RegistrationID:
		default: // the first is enough
		}
	}
}

// call sends one command of the protocol.
func call[P, R any](s *screen, c cdp.Command[P, R], params P) R {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, time.Minute)
	defer stop()
	out, err := chromedp.Call(ctx, c, params)
	if err != nil {
		s.t.Fatalf("%s: %v", c.Method, err)
	}
	return out
}

// may lets the console show notifications.
func (s *screen) may() {
	s.t.Helper()
	call(s, browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: s.url})
}

func (s *screen) open(address string) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		s.t.Fatal(err)
	}
}

// eval returns what an expression of a script is, when it is settled, as JSON.
func (s *screen) eval(script string) string {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, time.Minute)
	defer stop()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => { const v = "+script+"; return typeof v === \"string\" ? v : JSON.stringify(v) ?? \"\"; })()", chromedp.EvalAwaitPromise))
	if err != nil {
		s.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// until waits for an expression of a script to be true, whatever page there is by then.
func (s *screen) until(script string) {
	s.t.Helper()
	if err := s.within(time.Minute, script); err != nil {
		s.t.Fatalf("never true: %s (%v)\n%s", script, err, s.text())
	}
}

// within waits for so long for an expression of a script to be true.
func (s *screen) within(patience time.Duration, script string) error {
	ctx, stop := context.WithTimeout(s.ctx, patience)
	defer stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(async () => !!("+script+"))()", chromedp.EvalAwaitPromise))
		if err == nil && yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-look.C:
		}
	}
}

// text is what a page says.
func (s *screen) text() string {
	s.t.Helper()
	return s.eval(`document.querySelector("main").innerText`)
}

// standing waits until the service worker has the page and the next start has all it needs.
func (s *screen) standing() {
	s.t.Helper()
	s.until(`navigator.serviceWorker.controller && await caches.match("/offline", {ignoreVary: true}) && await caches.match("/-/seen")`)
}

// TestInstallable has a real browser read the manifest and take the console for one that
// can be installed.
func TestInstallable(t *testing.T) {
	w := newWorld(t, false)
	w.fill()
	w.as("李敏", roleViewer)
	s := w.newScreen()
	s.open(s.url + "/")
	s.standing()
	m := call(s, cdppage.GetAppManifest, cdppage.GetAppManifestParams{})
	if len(m.Errors) > 0 || !strings.Contains(m.URL, "/manifest.webmanifest") || !strings.Contains(m.Data, "standalone") {
		t.Errorf("the manifest at %s has the faults %v:\n%s", m.URL, m.Errors, m.Data)
	}
	for _, e := range call(s, cdppage.GetInstallabilityErrors, cdp.Empty{}).InstallabilityErrors {
		t.Errorf("it cannot be installed: %s %v", e.ErrorID, e.ErrorArguments)
	}
}

// TestOutOfReach takes the server away from a real browser: it says so, on every page and
// with nothing of any incident, and comes back with the server.
func TestOutOfReach(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.console.Contacts = duty
	w.as("李敏", roleViewer)
	s := w.newScreen()
	at := w.server.Listener.Addr().String()
	s.open(s.url + "/incidents/" + id)
	s.standing()
	if !strings.Contains(s.text(), "自来水") {
		t.Fatal("the browser does not see the incident: the test tests nothing")
	}
	kept := s.eval(`(await (await caches.open("watchfire")).keys()).map((r) => new URL(r.url).pathname).sort()`)
	if kept != `["/-/seen","/assets/offline.js","/assets/style.css","/offline"]` {
		t.Errorf("the browser keeps %s", kept)
	}
	w.console.Close()
	w.server.CloseClientConnections()
	w.server.Close()
	s.open(s.url + "/incidents/" + id)
	s.until(`!document.getElementById("since").textContent.includes("不清楚")`)
	text := s.text()
	for _, want := range []string{"离线：看不到最新情况，不代表没有情况", "最后一次连上烽燧是", "分钟前", "李敏", "138 0000 0001", "10月13日 18:12 至 10月14日 08:12"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "自来水") {
		t.Errorf("the page shows an incident as it was:\n%s", text)
	}
	proxy := serveAt(t, at, http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "bad gateway", http.StatusBadGateway) }))
	s.open(s.url + "/")
	if text := s.text(); !strings.Contains(text, "离线") {
		t.Errorf("a proxy without us behind it shows\n%s", text)
	}
	proxy()
	defer serveAt(t, at, w.console)()
	s.open(s.url + "/incidents/" + id)
	s.until(`document.querySelector("#main .steps")`)
}

// serveAt serves at an address that was given up.
func serveAt(t *testing.T, address string, h http.Handler) (end func()) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // until it is closed
	}()
	return func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-done
	}
}

// TestPushShown hands pushes to the service worker of a real browser, as its push service
// does: one notification for each incident, by the newest alert.
func TestPushShown(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.pushing()
	w.as("李敏", roleViewer)
	s := w.newScreen()
	s.may()
	s.open(s.url + "/account")
	s.standing()
	var worker serviceworker.RegistrationID
	select {
	case worker = <-s.worker:
	case <-time.After(time.Minute):
		t.Fatal("the browser knows no service worker")
	}
	const shown = `(await (await navigator.serviceWorker.ready).getNotifications()).map((n) => n.tag + " " + n.title + (n.silent ? " silent" : "")).sort()`
	// A desktop without a service of notifications loses one that it was told to show now
	// and then; what is not shown is pushed again.
	deliver := func(data string, want ...string) {
		t.Helper()
		for range 5 {
			call(s, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: s.url, RegistrationID: worker, Data: data})
			if s.within(15*time.Second, fmt.Sprintf("JSON.stringify(%s) === %s", shown, jsonOf(t, jsonOf(t, want)))) == nil {
				return
			}
		}
		t.Fatalf("after %s the browser shows %s, want %q", data, s.eval(shown), want)
	}
	push := func(at int64, alert, tag, title string, want ...string) {
		t.Helper()
		b, err := json.Marshal(map[string]any{"id": alert, "tag": tag, "at": at, "title": title, "body": "30 分钟内 42 人谈到", "path": "/incidents/" + id, "lang": "zh", "urgent": true})
		w.must(err)
		deliver(string(b), want...)
	}
	push(1000, "1.5.opened.push", "1", "新事件", "1 新事件")
	push(3000, "1.9.raised.push", "1", "升为Ⅱ级", "1 升为Ⅱ级")
	push(3000, "1.9.raised.push", "1", "升为Ⅱ级", "1 升为Ⅱ级 silent")  // a second copy
	push(2000, "1.7.overdue.push", "1", "步骤超时", "1 升为Ⅱ级 silent") // too late
	push(4000, "2.5.opened.push", "2", "另一件", "1 升为Ⅱ级 silent", "2 另一件")
	deliver("not JSON", "1 升为Ⅱ级 silent", "2 另一件", "watchfire 烽燧 Watchfire")
	if got := s.eval(`(await (await navigator.serviceWorker.ready).getNotifications({tag: "2"})).map((n) => [n.body, n.data.path, n.requireInteraction, n.lang])`); got != `[["30 分钟内 42 人谈到","/incidents/`+id+`",true,"zh"]]` {
		t.Errorf("the notification is %s", got)
	}
}

// TestButton turns notifications on and off on the account page of a real browser, which
// only lacks a push service: what that would answer is put in its place.
func TestButton(t *testing.T) {
	w := newWorld(t, false)
	w.pushing()
	w.as("李敏", roleViewer)
	s := w.newScreen()
	s.open(s.url + "/account")
	s.until(`document.querySelector("[data-do=subscribe]:not([hidden]), [data-say=denied]:not([hidden])")`)
	if text := s.text(); strings.Contains(text, "开启推送需要浏览器脚本") {
		t.Errorf("the page says\n%s", text)
	}
	s.may()
	s.open(s.url + "/account")
	s.until(`document.querySelector("[data-do=subscribe]:not([hidden])")`)
	s.eval(`(PushManager.prototype.subscribe = async () => { throw new DOMException("Registration failed - push service error", "AbortError"); }, document.querySelector("[data-do=subscribe]").click())`)
	s.until(`document.querySelector("[data-say=service]:not([hidden])")`)
	if n := len(w.devices("李敏")); n != 0 {
		t.Errorf("%d devices are kept that nothing can reach", n)
	}
	s.eval(fmt.Sprintf(`(PushManager.prototype.subscribe = async (o) => {
		const bytes = Uint8Array.from(atob(o.applicationServerKey.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
		return { endpoint: %[1]q, options: { applicationServerKey: bytes.buffer }, toJSON: () => ({ endpoint: %[1]q, keys: { p256dh: "point", auth: "secret" } }), unsubscribe: async () => true };
	}, document.querySelector("[data-do=subscribe]").click())`, endpoint("desk")))
	s.until(`document.querySelector(".said")`)
	all := w.devices("李敏")
	if len(all) != 1 || all[0].Endpoint.Reveal() != endpoint("desk") || all[0].P256DH != "point" || all[0].Auth.Reveal() != "secret" || all[0].Key != pushKeyText {
		t.Fatalf("kept %+v", all)
	}
	if text := s.text(); !strings.Contains(text, "已开启推送") || !strings.Contains(text, "本机") {
		t.Errorf("the page says\n%s", text)
	}
	if mine := s.eval(`await (await (await caches.open("watchfire")).match("/-/mine")).json()`); !strings.Contains(mine, endpoint("desk")) {
		t.Errorf("for a renewal the browser keeps %s", mine)
	}
}
