package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"watchfire/daemon/store"
)

// logIn opens the door as the first user does: with the one-time password.
func (w *world) logIn() {
	w.t.Helper()
	once, err := FirstRun(w.t.Context(), w.store, w.now())
	w.must(err)
	page := w.post("/login", form("user", Admin, "password", once, "next", "/sources"), 200)
	if !strings.Contains(page, `action="/password"`) {
		w.t.Fatalf("the one-time password did not lead to choosing one:\n%s", page)
	}
	w.post("/password", form("old", once, "new", "烽火戏诸侯不好玩一点也不好玩", "again", "烽火戏诸侯不好玩一点也不好玩", "name", "李敏", "next", "/sources"), 200)
}

const chosen = "烽火戏诸侯不好玩一点也不好玩"

func TestFirstLogIn(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	page := w.get("/incidents/"+id, 200)
	if !strings.Contains(page, `action="/login"`) || !strings.Contains(page, `value="/incidents/`+id+`"`) {
		t.Fatalf("a stranger sees\n%s", page)
	}
	sound(t, "login", page)
	once, err := FirstRun(t.Context(), w.store, night)
	w.must(err)
	again, err := FirstRun(t.Context(), w.store, night)
	w.must(err)
	if once == "" || again == "" || once == again {
		t.Errorf("one-time passwords %q and %q: want two different ones while nobody chose", once, again)
	}
	w.post("/login", form("user", Admin, "password", once), 401) // replaced by the second start
	page = w.post("/login", form("user", Admin, "password", again, "next", "/incidents/"+id), 200)
	sound(t, "password", page)
	if page = w.get("/", 200); !strings.Contains(page, `action="/password"`) {
		t.Error("pages are open before a password was chosen")
	}
	for _, c := range []struct {
		old, chosen, again, name string
		status                   int
	}{
		{"wrong", chosen, chosen, "", 401},
		{again, "short", "short", "", 422},
		{again, chosen, chosen + "x", "", 422},
		{again, again, again, "", 422},
		{again, "adminadminadmin", "adminadminadmin", "", 422},
		{again, "aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "", 422},
		{again, chosen, chosen, "Watchfire", 422},
	} {
		sound(t, c.chosen, w.post("/password", form("old", c.old, "new", c.chosen, "again", c.again, "name", c.name), c.status))
	}
	page = w.post("/password", form("old", again, "new", chosen, "again", chosen, "name", "李敏", "next", "/incidents/"+id), 200)
	if !strings.Contains(page, "自来水异味") {
		t.Error("choosing a password did not lead on to the page that was asked for")
	}
	if last, err := FirstRun(t.Context(), w.store, night); err != nil || last != "" {
		t.Errorf("FirstRun = %q, %v after a password was chosen", last, err)
	}
	w.post("/incidents/"+id, tickForm("out-03"), 200)
	in := w.incident(id)
	if s := in.Step("service-outage", "out-03"); !s.Done || s.DoneBy != "李敏" {
		t.Errorf("the tick is by %q, want 李敏", s.DoneBy)
	}
	w.post("/logout", nil, 200)
	if page = w.get("/", 200); !strings.Contains(page, `action="/login"`) {
		t.Error("logged out, and still inside")
	}
}

func TestSessionEnds(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	inside := func() bool {
		t.Helper()
		return strings.Contains(w.get("/", 200), `action="/logout"`)
	}
	for range 4 { // used every other day, a session lives for a fortnight
		w.wait(sessionIdle - time.Hour)
		if !inside() {
			t.Fatal("a session in use ended early")
		}
	}
	w.wait(sessionIdle - time.Hour)
	if inside() {
		t.Error("a session outlived a fortnight")
	}
	w.post("/login", form("user", Admin, "password", chosen), 200)
	w.wait(sessionIdle + time.Minute)
	if inside() {
		t.Error("an unused session did not end")
	}
}

func TestNewPasswordEndsOtherSessions(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	first := w.browser
	w.browser = w.newBrowser()
	w.post("/login", form("user", Admin, "password", chosen), 200)
	w.post("/password", form("old", chosen, "new", chosen+"了", "again", chosen+"了"), 200)
	if !strings.Contains(w.get("/", 200), `action="/logout"`) {
		t.Error("the browser that changed the password is outside")
	}
	w.browser = first
	if strings.Contains(w.get("/", 200), `action="/logout"`) {
		t.Error("another browser is still inside after the password was changed")
	}
}

func TestGuessing(t *testing.T) {
	w := newWorld(t, false)
	w.logIn()
	w.browser = w.newBrowser()
	for range 10 {
		w.post("/login", form("user", Admin, "password", "guess guess guess"), 401)
	}
	page := w.post("/login", form("user", Admin, "password", chosen), 429)
	sound(t, "too many", page)
	w.wait(time.Minute)
	w.post("/login", form("user", Admin, "password", chosen), 200)
	w.browser = w.newBrowser()
	page = w.post("/login", form("user", "nobody", "password", "guess guess guess"), 401)
	if strings.Contains(page, "exist") || !strings.Contains(page, "The name or the password") && !strings.Contains(page, "用户名或密码不对") {
		t.Error("the answer tells whether a user exists")
	}
}

func TestCookie(t *testing.T) {
	w := newWorld(t, false)
	once, err := FirstRun(t.Context(), w.store, night)
	w.must(err)
	for proto, secure := range map[string]bool{"http": false, "https": true} {
		r := w.request("POST", "/login", strings.NewReader(form("user", Admin, "password", once).Encode()), "X-Forwarded-Proto", proto)
		w.read(r, 303)
		k := r.Cookies()[0]
		if !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Secure != secure || len(k.Value) < 26 {
			t.Errorf("over %s the cookie is %+v", proto, k)
		}
		found := false
		w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Session(k.Value, w.now())
			found = err == nil
			return nil
		}))
		if found {
			t.Error("the store holds the token itself, not its hash")
		}
	}
}
