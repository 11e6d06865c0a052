package console

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// endpoint is where pushes for a device go: a secret of its own.
func endpoint(name string) string { return "https://fcm.googleapis.com/fcm/send/topsecret-" + name }

// hands is what a browser hands over for a device.
func hands(do, name string) url.Values {
	return form("do", do, "endpoint", endpoint(name), "p256dh", "point-of-"+name, "auth", "auth-of-"+name, "key", pushKeyText)
}

func (w *world) devices(user string) (out []store.Push) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Pushes(user)
		return err
	}))
	return out
}

// phone is what a phone says of itself.
const phone = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"

// hand sends a form as the script of a page does.
func (w *world) hand(path string, f url.Values, want int) {
	w.t.Helper()
	w.read(w.request("POST", path, strings.NewReader(f.Encode()), "User-Agent", phone), want)
}

// TestDevices follows a device from the button to its end: subscribed, confirmed, tested,
// gone and told, removed; and keeps it from everybody else.
func TestDevices(t *testing.T) {
	w := newWorld(t, false)
	w.as("李敏", roleViewer)
	if page := w.get("/account", 200); strings.Contains(page, "push-here") {
		t.Error("pushes are offered where no channel pushes")
	}
	w.hand("/push", hands("subscribe", "phone"), 404)
	w.pushing()
	page := w.get("/account", 200)
	for _, s := range []string{`data-push="` + pushKeyText + `"`, "<noscript>", `data-do="subscribe"`, "目前没有设备在收推送"} {
		if !strings.Contains(page, s) {
			t.Errorf("the account page lacks %s", s)
		}
	}
	w.hand("/push", hands("subscribe", "phone"), 204)
	w.hand("/push", hands("subscribe", "phone"), 204) // again, and still one
	w.hand("/push", hands("confirm", "phone"), 204)
	w.hand("/push", hands("confirm", "desk"), 404)
	all := w.devices("李敏")
	if len(all) != 1 || all[0].Endpoint.Reveal() != endpoint("phone") || all[0].Auth.Reveal() != "auth-of-phone" || all[0].Key != pushKeyText || !all[0].Created.Equal(night) || all[0].Session == "" {
		t.Fatalf("kept %+v", all)
	}
	id := fmt.Sprint(all[0].ID)
	page = w.get("/account", 200)
	if sound(t, "account", page); !strings.Contains(page, "安卓 · Chrome") || !strings.Contains(page, "fcm.googleapis.com") || !strings.Contains(page, "本机") || strings.Contains(page, "topsecret") || strings.Contains(page, "auth-of") {
		t.Errorf("the account page shows\n%s", page)
	}
	w.post("/push", form("do", "test", "id", id), 200)
	if len(w.pushed) != 1 || w.pushed[0].Endpoint.Reveal() != endpoint("phone") {
		t.Errorf("tests went to %v", w.pushed)
	}
	for err, want := range map[error]string{fmt.Errorf("%w: x", ErrPushGone): "已失效", fmt.Errorf("%w: topsecret", ErrUnpushed): "核对密钥"} {
		w.takes = func(store.Push) error { return err }
		if page := w.post("/push", form("do", "test", "id", id), 409); !strings.Contains(page, want) || strings.Contains(page, "topsecret") {
			t.Errorf("%v: the page does not say %q", err, want)
		}
	}
	w.as("王主任", roleAdmin)
	for _, do := range []string{"test", "remove"} {
		w.post("/push", form("do", do, "id", id), 404)
	}
	w.hand("/push", hands("confirm", "phone"), 404)
	w.hand("/push", hands("unsubscribe", "phone"), 404)
	w.as("李敏", roleViewer)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PushGone(endpoint("phone"), night.Add(-time.Hour)) }))
	if page := w.get("/account", 200); !strings.Contains(page, "此后的警报都没有送到这台设备") {
		t.Error("the account page does not say that the device is gone")
	}
	if page := w.get("/", 200); !strings.Contains(page, "您有 1 台设备的推送已失效") {
		t.Error("the page Now does not say that a device is gone")
	}
	w.post("/push", form("do", "test", "id", id), 404)
	w.post("/push", form("do", "remove", "id", id), 200)
	if page := w.get("/", 200); strings.Contains(page, "推送已失效") || len(w.devices("李敏")) != 0 {
		t.Error("what was removed is still told of")
	}
	w.hand("/push", hands("subscribe", "phone"), 204)
	w.hand("/push", hands("unsubscribe", "phone"), 204)
	if n := len(w.devices("李敏")); n != 0 {
		t.Errorf("%d devices after the end", n)
	}
	for _, e := range w.log() {
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, "topsecret") || strings.Contains(text, "auth-of") {
			t.Errorf("the audit log has a secret: %s", text)
		}
	}
	if len(w.errs) > 0 {
		t.Errorf("errors were logged: %v", w.errs)
	}
}

// TestDevicesLimited keeps ten devices of an account and no more, and none that nothing
// could be sent to.
func TestDevicesLimited(t *testing.T) {
	w := newWorld(t, false)
	w.pushing()
	w.as("李敏", roleViewer)
	for i := range mostDevices {
		w.hand("/push", hands("subscribe", fmt.Sprint(i)), 204)
	}
	w.hand("/push", hands("subscribe", "one-more"), 409)
	w.hand("/push", hands("subscribe", "3"), 204)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PushGone(endpoint("5"), night) }))
	w.hand("/push", hands("subscribe", "one-more"), 204)
	stray := hands("subscribe", "stray")
	stray.Set("key", "BOther")
	w.hand("/push", stray, 422)
	w.accept = func(endpoint string) bool { return !strings.Contains(endpoint, "169.254") }
	inward := hands("subscribe", "x")
	inward.Set("endpoint", "https://169.254.169.254/latest/meta-data")
	w.hand("/push", inward, 422)
	w.hand("/push", form("do", "dance"), 400)
	if n := len(w.devices("李敏")); n != mostDevices {
		t.Errorf("%d devices are kept", n)
	}
}

// TestDeviceOfSession forgets a device whose log-in somebody ends, keeps it over a new
// log-in in the same place, and never shows one person's alerts to the next.
func TestDeviceOfSession(t *testing.T) {
	w := newWorld(t, false)
	w.pushing()
	w.logIn()
	count := func(user string, want int, what string) {
		t.Helper()
		if n := len(w.devices(user)); n != want {
			t.Errorf("%s: %d devices of %s, want %d", what, n, user, want)
		}
	}
	w.hand("/push", hands("subscribe", "phone"), 204)
	before := w.devices(Admin)[0].Session
	mine := w.browser
	w.browser = w.newBrowser()
	w.post("/login", form("user", Admin, "password", chosen), 200)
	w.hand("/push", hands("subscribe", "desk"), 204)
	w.browser = mine
	w.post("/password", form("old", chosen, "new", chosen+"-2", "again", chosen+"-2"), 200)
	count(Admin, 1, "a new password") // that of the other log-in is forgotten
	if after := w.devices(Admin)[0]; after.Endpoint.Reveal() != endpoint("phone") || after.Session == before {
		t.Errorf("the device belongs to %+v", after)
	}
	w.post("/login", form("user", Admin, "password", chosen+"-2"), 200)
	count(Admin, 1, "a new log-in")
	w.hand("/push", hands("confirm", "phone"), 204)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		u, err := tx.User(Admin)
		u.Name, u.Role = "李敏", roleViewer
		if err != nil {
			return err
		}
		return tx.SetUser(u)
	}))
	w.post("/login", form("user", "李敏", "password", chosen+"-2"), 200)
	count(Admin, 0, "somebody else in the same place")
	w.hand("/push", hands("subscribe", "phone"), 204)
	w.post("/logout", nil, 200)
	count("李敏", 0, "a log-out")
	w.post("/login", form("user", "李敏", "password", chosen+"-2"), 200)
	w.hand("/push", hands("subscribe", "phone"), 204)
	w.browser = w.newBrowser()
	w.post("/login", form("user", Admin, "password", chosen+"-2"), 200)
	w.post("/settings/people", form("do", "end", "name", "李敏"), 200)
	count("李敏", 0, "the end of all sessions")
}

// TestRenewedAtNight lets a browser put a new subscription in the place of its own, also
// when nobody is logged in, and nobody else.
func TestRenewedAtNight(t *testing.T) {
	w := newWorld(t, false)
	w.pushing()
	w.as("李敏", roleViewer)
	w.hand("/push", hands("subscribe", "phone"), 204)
	w.browser = w.newBrowser()
	next := hands("", "phone-2")
	next.Del("do")
	lines := len(w.log())
	for _, secret := range []string{"", "auth-of-desk"} {
		next.Set("old", endpoint("phone"))
		next.Set("oldauth", secret)
		w.hand("/push/renew", next, 404)
	}
	w.hand("/push/renew", form("old", "", "oldauth", ""), 404)
	if n := len(w.log()); n != lines {
		t.Errorf("%d lines of strangers in the audit log", n-lines)
	}
	next.Set("oldauth", "auth-of-phone")
	r := w.request("POST", "/push/renew", strings.NewReader(next.Encode()), "Sec-Fetch-Site", "cross-site")
	_, err := io.Copy(io.Discard, r.Body)
	w.must(err)
	if r.StatusCode != http.StatusForbidden {
		t.Errorf("another site renews with status %d", r.StatusCode)
	}
	w.hand("/push/renew", next, 204)
	all := w.devices("李敏")
	if len(all) != 1 || all[0].Endpoint.Reveal() != endpoint("phone-2") || all[0].Auth.Reveal() != "auth-of-phone-2" {
		t.Errorf("kept %+v", all)
	}
	if n := len(w.log()); n != lines+1 {
		t.Errorf("%d lines in the audit log, want one", n-lines)
	}
}
