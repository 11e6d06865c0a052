package console

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// as lets the browser act as a user of a role, who is made when needed.
func (w *world) as(name, role string) {
	w.t.Helper()
	token, at := "token-of-"+url.PathEscape(name), w.now()
	w.must(w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.SetUser(store.User{Name: name, Role: role, Password: nobodysHash, Created: at}); err != nil {
			return err
		}
		return tx.SetSession(store.Session{Token: tokenHash(token), User: name, Created: at, Seen: at, Expires: expiry(at, at)})
	}))
	w.browser = w.newBrowser()
	to, err := url.Parse(w.server.URL)
	w.must(err)
	w.browser.Jar.SetCookies(to, []*http.Cookie{{Name: sessionCookie, Value: token, Path: "/"}})
}

// bare is a request for a route with something in the place of each variable.
func bare(id, pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	if path == "" {
		return "GET", "/nowhere"
	}
	path = strings.TrimSuffix(path, "{$}")
	path = strings.Replace(path, "/incidents/{id}", "/incidents/"+id, 1)
	path = strings.Replace(path, "{file}", "report.json", 1)
	path = strings.Replace(path, "/playbooks/{id}", "/playbooks/service-outage", 1)
	path = strings.Replace(path, "/sources/{name}", "/sources/square", 1)
	return method, regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "1")
}

// TestRoutesHaveRoles holds the table against the site: no route without a row, and no
// row without a route or an act.
func TestRoutesHaveRoles(t *testing.T) {
	w := newWorld(t, false)
	patterns := w.console.routes().patterns
	if len(patterns) < 25 {
		t.Fatalf("the site has %d routes; they are not counted", len(patterns))
	}
	for _, p := range patterns {
		if _, ok := permits[p]; !ok {
			t.Errorf("nobody has said who may %q", p)
		}
	}
	for what, least := range permits {
		isAct := what == approvalTick || slices.Contains(crisis.PersonActs(), crisis.EventKind(what))
		if !isAct && !slices.Contains(patterns, what) {
			t.Errorf("%q is neither a route nor an act", what)
		}
		if least != everybody && !slices.Contains(roles, least) {
			t.Errorf("%q needs the role %q, which nobody has", what, least)
		}
	}
	for _, k := range crisis.PersonActs() {
		if _, ok := permits[string(k)]; !ok {
			t.Errorf("nobody has said who may cause %s", k)
		}
	}
}

// TestEveryRoleOnEveryRoute tries each role on each route: the status is 403 if, and only
// if, the table says so.
func TestEveryRoleOnEveryRoute(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	for i, role := range roles {
		for _, p := range w.console.routes().patterns {
			if p == "GET /live" || p == "POST /logout" { // a stream that does not end; the end of the session
				continue
			}
			w.as("user-"+role, role)
			method, path := bare(id, p)
			r := w.request(method, path, strings.NewReader(""))
			_, err := io.Copy(io.Discard, r.Body)
			w.must(errors.Join(err, r.Body.Close()))
			least := permits[p]
			want := least != everybody && i < slices.Index(roles, least)
			if got := r.StatusCode == http.StatusForbidden; got != want {
				t.Errorf("%s on %s: status %d, want refused %v", role, p, r.StatusCode, want)
			}
		}
	}
	if len(w.errs) > 0 {
		t.Errorf("errors were logged: %v", w.errs)
	}
}

// TestEveryRoleOnEveryAct tries each role on each act at the one door to the desk.
func TestEveryRoleOnEveryAct(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	r, err := http.NewRequestWithContext(t.Context(), "POST", "/", nil)
	w.must(err)
	for i, role := range append([]string{""}, roles...) {
		v := &visit{user: store.User{Name: "x", Role: role}, name: "x"}
		for _, k := range crisis.PersonActs() {
			_, err := w.console.do(r, v, crisis.Act{Kind: k, Incident: id, By: v.name})
			want := i-1 < slices.Index(roles, permits[string(k)])
			if got := errors.Is(err, errRole); got != want {
				t.Errorf("%q doing %s: %v, want refused for the role %v", role, k, err, want)
			}
		}
	}
}

// TestOneDoorToTheDesk fails when code of the console acts past the check of roles.
func TestOneDoorToTheDesk(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f, "_test.go") {
			n += strings.Count(string(b), "Desk.Act(")
		}
	}
	if n != 1 {
		t.Errorf("Desk.Act is called in %d places, want one: in do", n)
	}
}

func TestApprovalTick(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	in := w.incident(id)
	step := ""
	for _, s := range in.Checklist() {
		if s.AskKind == "approval" {
			step = s.ID
		}
	}
	if step == "" {
		t.Fatal("the plan asks for no approval")
	}
	w.as("周婷", roleOperator)
	w.post("/incidents/"+id, tickForm(step), 403)
	w.as("王主任", roleApprover)
	w.post("/incidents/"+id, tickForm(step), 200)
}

// formsOf finds where a page lets the reader write to.
func formsOf(page string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`<form method="post" action="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if m[1] != "/logout" && !slices.Contains(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// TestPagesOfferWhatIsAllowed looks at every page as every role: a viewer is offered no
// form, the others none that answers with 403.
func TestPagesOfferWhatIsAllowed(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("周婷", roleOperator)
	w.post("/incidents/"+id, form("do", "halt", "note", "等检测", "target", ""), 200)
	w.post("/incidents/"+id+"/statements", form("do", "draft", "kind", "first_statement", "text", "市水务集团正在检测，16时公布结果。"), 200)
	w.post("/incidents/"+id+"/statements", form("do", "promise", "note", "公布检测结果", "at", "2026-10-14T16:00"), 200)
	all := append(paths(id), "/incidents/"+id+"/review", "/incidents/"+id+"/statements/s1", "/deliveries", "/account")
	for _, role := range roles {
		w.as("user-"+role, role)
		for _, path := range all {
			if path == "/nowhere" {
				continue
			}
			page := w.read(w.request("GET", path, nil), 200)
			sound(t, role+" "+path, page)
			forms := formsOf(page)
			if role == roleViewer && (len(forms) > 0 || strings.Contains(page, `name="do"`)) {
				t.Errorf("%s offers a viewer %v", path, forms)
			}
			for _, to := range forms {
				r := w.request("POST", to, strings.NewReader("do=nothing"))
				w.must(r.Body.Close())
				if r.StatusCode == http.StatusForbidden {
					t.Errorf("%s offers %s to a %s, who may not use it", path, to, role)
				}
			}
		}
	}
	w.as("user-operator", roleOperator)
	page := w.get("/incidents/"+id, 200)
	for _, do := range []string{"level", "close", "recuse", "grade", "drop"} {
		if strings.Contains(page, `value="`+do+`"`) {
			t.Errorf("an operator is offered %q", do)
		}
	}
	for _, do := range []string{"tick", "note", "halt", "handover"} {
		if !strings.Contains(page, `value="`+do+`"`) {
			t.Errorf("an operator is not offered %q", do)
		}
	}
}

func TestPeopleAndRoles(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("李敏", roleAdmin)
	page := w.post("/settings/people?lang=zh", form("do", "add", "name", "周婷", "role", roleViewer), 200)
	sound(t, "people", page)
	once := regexp.MustCompile(`class="onetime">([^<]+)<`).FindStringSubmatch(page)
	if once == nil {
		t.Fatalf("no one-time password on\n%s", page)
	}
	for _, c := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{form("do", "add", "name", "", "role", roleViewer), 422, "姓名"},
		{form("do", "add", "name", "Watchfire", "role", roleViewer), 422, ""},
		{form("do", "add", "name", "周婷", "role", roleViewer), 409, "已经有人在用"},
		{form("do", "add", "name", "王五", "role", "root"), 422, "表单不完整"},
		{form("do", "role", "name", "李敏", "role", roleViewer), 409, "至少要留一名管理员"},
		{form("do", "role", "name", "无此人", "role", roleViewer), 404, ""},
		{form("do", "reset", "name", "李敏"), 422, ""},
		{form("do", "erase", "name", "周婷"), 400, ""},
	} {
		page := w.post("/settings/people?lang=zh", c.form, c.status)
		sound(t, c.form.Encode(), page)
		if !strings.Contains(page, c.says) {
			t.Errorf("%v: the page does not say %q", c.form, c.says)
		}
	}
	admin := w.browser
	w.browser = w.newBrowser()
	w.post("/login", form("user", "周婷", "password", once[1]), 200)
	w.post("/password", form("old", once[1], "new", "long enough to keep", "again", "long enough to keep", "name", "李敏"), 409)
	w.post("/password", form("old", once[1], "new", "long enough to keep", "again", "long enough to keep"), 200)
	w.post("/incidents/"+id, form("do", "ack"), 403)
	w.get("/settings/people", 403)
	theirs := w.browser

	w.browser = admin
	w.post("/settings/people", form("do", "role", "name", "周婷", "role", roleAdmin), 200)
	w.browser = theirs
	w.post("/incidents/"+id, form("do", "ack"), 200)
	if in := w.incident(id); in.Holder != "周婷" {
		t.Errorf("held by %q", in.Holder)
	}
	w.post("/settings/people", form("do", "role", "name", "李敏", "role", roleOperator), 200)
	w.browser = admin
	w.get("/settings/people", 403)
	w.browser = theirs
	w.post("/settings/people", form("do", "end", "name", "李敏"), 200)
	w.browser = admin
	if page := w.get("/", 200); !strings.Contains(page, `action="/login"`) {
		t.Error("all sessions were ended, and one goes on")
	}
	sound(t, "account", w.get("/account", 200))
}

// TestLastAdmin tries to be left without an administrator.
func TestLastAdmin(t *testing.T) {
	w := newWorld(t, false)
	w.as("a", roleAdmin)
	w.as("b", roleAdmin)
	ctx := context.Background()
	w.must(w.console.changeRole(ctx, "a", roleApprover))
	if err := w.console.changeRole(ctx, "b", roleApprover); err == nil {
		t.Error("the last administrator was demoted")
	}
	w.must(w.console.changeRole(ctx, "b", roleAdmin))
}
