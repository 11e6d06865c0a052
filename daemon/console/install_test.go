package console

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// pushKeyText is a public key of nobody.
const pushKeyText = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

// pushing lets browsers ask for alerts.
func (w *world) pushing() {
	w.t.Helper()
	w.pushKey = pushKeyText
	w.must(w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.AddPushKey(store.PushKey{Public: pushKeyText, Private: "secret-half"}, w.now())
	}))
}

// duty is who can be called at night.
func duty(lang string) []Contact {
	role := map[string]string{"zh": "值班员", "en": "Duty officer"}[lang]
	return []Contact{
		{Name: "王主任", Phone: "0871-5555 0101"},
		{Name: "李敏", Phone: "138 0000 0001", Roles: []string{role}, Duty: []Span{{night.Add(-9 * time.Hour), night.Add(5 * time.Hour)}}},
	}
}

// TestManifest says in both languages how the console is installed, with pictures that
// are what it says.
func TestManifest(t *testing.T) {
	w := newWorld(t, false)
	for lang, name := range map[string]string{"zh": "烽燧", "en": "Watchfire"} {
		r := w.request("GET", "/manifest.webmanifest?lang="+lang, nil)
		if got := r.Header.Get("Content-Type"); got != "application/manifest+json" || len(r.Cookies()) > 0 {
			t.Errorf("the manifest is %s, with the cookies %v", got, r.Cookies())
		}
		var m struct {
			Name, Scope, Display, Lang string
			ShortName                  string `json:"short_name"`
			Icons                      []struct{ Src, Sizes, Type, Purpose string }
		}
		w.must(json.Unmarshal([]byte(w.read(r, 200)), &m))
		if !strings.Contains(m.Name, name) || m.ShortName == "" || m.Scope != "/" || m.Display != "standalone" || !strings.HasPrefix(m.Lang, lang) || len(m.Icons) < 3 {
			t.Errorf("%s: %+v", lang, m)
		}
		for _, icon := range m.Icons {
			if icon.Type != "image/png" {
				continue
			}
			r := w.request("GET", icon.Src, nil)
			img, err := png.Decode(bytes.NewReader([]byte(w.read(r, 200))))
			w.must(err)
			size, _, _ := strings.Cut(icon.Sizes, "x")
			if b := img.Bounds(); r.Header.Get("Content-Type") != "image/png" || !strings.Contains(icon.Src, size) || icon.Sizes != size+"x"+size || b.Dx() != b.Dy() || !strings.HasPrefix(icon.Sizes, strings.TrimSpace(jsonOf(t, b.Dx()))) {
				t.Errorf("%s is %v, %s", icon.Src, b, r.Header.Get("Content-Type"))
			}
			_, _, _, corner := img.At(0, 0).RGBA()
			if solid := corner == 0xffff; solid != (icon.Purpose == "maskable") {
				t.Errorf("%s, to be used %q: its corner is solid: %v", icon.Src, icon.Purpose, solid)
			}
			if red, _, _, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()*11/24).RGBA(); red>>8 != 0xff {
				t.Errorf("%s has no fire in the middle", icon.Src)
			}
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestServiceWorker is served so that a browser takes it for the whole site, and anew when
// what stands in it changes.
func TestServiceWorker(t *testing.T) {
	w := newWorld(t, false)
	without := w.get("/sw.js", 200)
	w.pushing()
	r := w.request("GET", "/sw.js", nil)
	body := w.read(r, 200)
	for key, want := range map[string]string{"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"} {
		if got := r.Header.Get(key); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "worker-src 'self'") || !strings.Contains(csp, "manifest-src 'self'") {
		t.Errorf("the policy %q forbids it", csp)
	}
	if without == body || !strings.Contains(body, pushKeyText) || !strings.Contains(body, w.console.assets["offline.js"].url) || strings.Contains(body, `"{`) {
		t.Errorf("the worker does not know what it needs:\n%.400s", body)
	}
}

// TestOfflinePage says that nothing is seen and whom to call, holds nothing of any
// incident, and gives telephone numbers to nobody who is not logged in.
func TestOfflinePage(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.console.Contacts = duty
	for lang, want := range map[string][]string{
		"zh": {"离线：看不到最新情况，不代表没有情况", "王主任", "tel:08715555" + "0101", "值班员", "10月13日 18:12 至 10月14日 08:12", "是 10月14日 03:12 存下的", "{ago}"},
		"en": {"does not mean that nothing does", "李敏", "tel:1380000" + "0001", "Duty officer", "13 Oct 18:12 to 14 Oct 08:12", "{ago}"},
	} {
		w.as("viewer", roleViewer)
		page := w.get("/offline?lang="+lang, 200)
		sound(t, "offline", page)
		for _, s := range want {
			if !strings.Contains(page, s) {
				t.Errorf("%s: the page lacks %q", lang, s)
			}
		}
		if strings.Index(page, "李敏") > strings.Index(page, "王主任") {
			t.Error("those on duty do not come first")
		}
		for _, s := range []string{id, "自来水", "/live", "viewer"} {
			if strings.Contains(page, s) {
				t.Errorf("%s: the page has %q", lang, s)
			}
		}
		w.browser = w.newBrowser()
		if page := w.get("/offline?lang="+lang, 200); strings.Contains(page, "tel:") || strings.Contains(page, "李敏") || !strings.Contains(page, want[0]) {
			t.Errorf("%s: a stranger is shown\n%s", lang, page)
		}
	}
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.SetUser(store.User{Name: "viewer", Role: roleViewer, Password: nobodysHash, MustChange: true, Created: night})
	}))
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.SetSession(store.Session{Token: tokenHash("x"), User: "viewer", Created: night, Seen: night, Expires: night.Add(time.Hour)})
	}))
	if page := w.read(w.request("GET", "/offline", nil, "Cookie", sessionCookie+"=x"), 200); strings.Contains(page, "tel:") {
		t.Error("somebody who has yet to choose a password is shown telephone numbers")
	}
}

// TestNothingIsLeft has the browser forget what it kept when somebody logs out.
func TestNothingIsLeft(t *testing.T) {
	w := newWorld(t, false)
	w.as("viewer", roleViewer)
	r := w.request("POST", "/logout", strings.NewReader(""))
	_ = r.Body.Close()
	if got := r.Header.Get("Clear-Site-Data"); r.StatusCode != http.StatusSeeOther || got != `"storage"` {
		t.Errorf("status %d, Clear-Site-Data %s", r.StatusCode, got)
	}
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}
