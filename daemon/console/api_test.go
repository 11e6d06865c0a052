package console

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// key makes a token of a role for a program.
func (w *world) key(name, role string) string {
	w.t.Helper()
	token := tokenPrefix + strings.Repeat("A", 20) + name
	w.must(w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.AddToken(store.Token{Name: name, Role: role, Hash: tokenHash(token), By: "x", Created: w.now(), Expires: w.now().Add(time.Hour)})
	}))
	return token
}

// program is a caller who holds every answer against the description.
type program struct {
	*world
	d     *description
	token string
	told  map[string]bool // operations that answered with success
}

// call calls the interface and returns the answer, which must have a status.
func (p *program) call(method, path, body string, want int, headers ...string) map[string]any {
	p.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	if p.token != "" {
		headers = append([]string{"Authorization", "Bearer " + p.token}, headers...)
	}
	r := p.request(method, path, reader, headers...)
	text := p.read(r, want)
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		p.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	kind := r.Header.Get("Content-Type")
	for route, ops := range p.d.Paths {
		op := ops[strings.ToLower(method)]
		plain, _, _ := strings.Cut(path, "?")
		if op == nil || !regexp.MustCompile("^"+regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(route), "[^/]+")+"$").MatchString(plain) {
			continue
		}
		answer := op.Responses["default"]
		if want == http.StatusOK {
			answer = op.Responses["200"]
			p.told[method+" "+route] = true
		}
		if answer.Content[kind].Schema == nil {
			p.t.Errorf("%s %s: status %d with %s is not described", method, path, want, kind)
		} else if err := p.d.check(answer.Content[kind].Schema, v, "answer"); err != nil {
			p.t.Errorf("%s %s: %v\n%.600s", method, path, err, text)
		}
		if body != "" && want == http.StatusOK {
			var sent any
			p.must(json.Unmarshal([]byte(body), &sent))
			if err := p.d.check(op.RequestBody.Content["application/json"].Schema, sent, "body"); err != nil {
				p.t.Errorf("%s %s: %v", method, path, err)
			}
		}
	}
	out, _ := v.(map[string]any)
	return out
}

func newProgram(t *testing.T, role string) (p *program, id string) {
	t.Helper()
	w := newWorld(t, false)
	id = w.fill()
	return &program{world: w, d: readDescription(t), token: w.key("robot", role), told: map[string]bool{}}, id
}

// Ask does what a person does to a request, as the daemon does.
func askFor(w *world) string {
	w.t.Helper()
	a := crisis.Ask{Key: 77, Class: crisis.AskRescue, Why: "被困", Topics: []string{"tap-water"}, Source: "square", Link: "https://square.yunchuan.example/p/1", Quote: "三楼老人被困", Published: night, Received: night, State: crisis.AskOpen, Count: 1}
	w.must(w.store.Update(w.t.Context(), func(tx *store.Tx) error {
		_, err := tx.AddAsk(a)
		return err
	}))
	return "77"
}

// TestAPI calls every operation, and holds every answer against the description.
func TestAPI(t *testing.T) {
	p, id := newProgram(t, roleApprover)
	key := askFor(p.world)
	one := "/api/v1/incidents/" + id
	p.call("GET", "/api/v1/openapi.json", "", 200)
	if h := p.call("GET", "/api/v1/health", "", 200); h["sources_expected"] != 5.0 || h["sources_seen"] != 3.0 {
		t.Errorf("health is %v", h)
	}
	in := p.call("GET", one, "", 200)
	if in["level"] != "III" || in["holder"] != "李敏" || len(in["steps"].([]any)) < 20 || in["closed"] != nil {
		t.Errorf("the incident is %v", in)
	}
	for _, body := range []string{
		`{"kind":"note","note":"已通知"}`,
		`{"kind":"acknowledged"}`,
		`{"kind":"step_done","plan":"service-outage","step":"out-03","note":"ok","link":"https://e.example/1","at":"2026-10-14T03:05:00+08:00"}`,
		`{"kind":"step_reopened","plan":"service-outage","step":"out-03"}`,
		`{"kind":"level","event_level":"II","note":"检测超标"}`,
		`{"kind":"handed_over","data":{"to":"周婷"}}`,
		`{"kind":"promise_made","data":{"what":"公布检测结果","due":"2026-10-14T16:00:00+08:00"}}`,
		`{"kind":"statement_drafted","data":{"kind":"first_statement","text":"正在检测。"}}`,
		`{"kind":"step_added","data":{"title":"送水","text":"送水","due":"2026-10-14T06:00:00+08:00"}}`,
		`{"kind":"paused","data":{"reason":"等"}}`,
		`{"kind":"resumed","data":{}}`,
		`{"kind":"finding","data":{"kind":"gap","text":"晚"}}`,
	} {
		p.call("POST", one+"/acts", body, 200)
	}
	after := p.incident(id)
	if after.Holder != "周婷" || after.EventLevel != crisis.LevelII || len(after.Promises) != 1 || len(after.Statements) != 1 || after.Statements[0].Versions[0].By != "api:robot" {
		t.Errorf("after the acts the incident is %+v", after)
	}
	p.call("GET", one, "", 200)
	p.call("GET", "/api/v1/incidents?open=true&topic=tap-water", "", 200)
	p.call("GET", one+"/events", "", 200)
	p.call("GET", "/api/v1/topics", "", 200)
	if c := p.call("GET", "/api/v1/topics/tap-water/counts?bucket=1h", "", 200); len(c["items"].([]any)) < 24 {
		t.Errorf("the series is %v", c)
	}
	p.call("GET", "/api/v1/sources", "", 200)
	if q := p.call("GET", "/api/v1/requests?class=rescue", "", 200); len(q["items"].([]any)) != 1 {
		t.Errorf("the requests are %v", q)
	}
	p.call("POST", "/api/v1/requests/"+key, `{"do":"claimed"}`, 200)
	p.call("GET", "/api/v1/posts?q=自来水", "", 200)
	p.call("GET", "/api/v1/ledger?incident="+id, "", 200)
	p.call("GET", "/api/v1/playbooks", "", 200)
	for path, ops := range p.d.Paths {
		for method := range ops {
			if name := strings.ToUpper(method) + " " + path; !p.told[name] {
				t.Errorf("%s was never held against the description", name)
			}
		}
	}
	if len(p.errs) > 0 {
		t.Errorf("errors were logged: %v", p.errs)
	}
}

func TestAPIRefuses(t *testing.T) {
	p, id := newProgram(t, roleApprover)
	acts := "/api/v1/incidents/" + id + "/acts"
	for _, c := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/api/v1/nothing", "", 404, "missing"},
		{"GET", "/api/v1/incidents/20200101-01", "", 404, "missing"},
		{"GET", "/api/v1/incidents?limit=0", "", 400, "malformed"},
		{"GET", "/api/v1/incidents?limit=201", "", 400, "malformed"},
		{"GET", "/api/v1/incidents?cursor=x", "", 400, "malformed"},
		{"GET", "/api/v1/incidents?open=maybe", "", 400, "malformed"},
		{"GET", "/api/v1/ledger?cursor=-1", "", 400, "malformed"},
		{"GET", "/api/v1/topics/nothing/counts", "", 404, "missing"},
		{"GET", "/api/v1/topics/tap-water/counts?from=today", "", 400, "malformed"},
		{"GET", "/api/v1/topics/tap-water/counts?from=2020-01-01T00:00:00Z", "", 400, "malformed"},
		{"GET", "/api/v1/topics/tap-water/counts?bucket=90s", "", 400, "malformed"},
		{"POST", acts, `{"kind":"detected"}`, 400, "malformed"},
		{"POST", acts, `{"kind":"plan_amended"}`, 400, "malformed"},
		{"POST", acts, `{"kind":"note","note":"x","who":"y"}`, 400, "malformed"},
		{"POST", acts, `{"kind":"note","note":"x"} {}`, 400, "malformed"},
		{"POST", acts, `{"kind":"note","note":"x","data":{}}`, 400, "malformed"},
		{"POST", acts, `{"kind":"handed_over"}`, 400, "malformed"},
		{"POST", acts, `{"kind":"handed_over","data":{"from":"x"}}`, 400, "malformed"},
		{"POST", acts, `{"kind":"statement_drafted","data":{"kind":"first_statement","text":"x","findings":[]}}`, 400, "malformed"},
		{"POST", acts, `{"kind":"note"}`, 409, "refused"},
		{"POST", acts, `{"kind":"step_done","plan":"service-outage","step":"out-01"}`, 409, "refused"},
		{"POST", acts, `{"kind":"note","note":"x","link":"javascript:alert(1)"}`, 422, "link"},
		{"POST", acts, `{"kind":"promise_kept","data":{"promise":"p1","link":"javascript:alert(1)"}}`, 422, "link"},
		{"POST", acts, `{"kind":"closed"}`, 422, "reason"},
		{"POST", acts, `{"kind":"note","note":"` + strings.Repeat("长", noteLimit+1) + `"}`, 422, "long"},
		{"POST", acts, `{"kind":"note","note":"x","at":"2026-10-14T05:00:00+08:00"}`, 409, "refused"},
		{"POST", acts, `{"kind":"statement_approved","data":{"statement":"s1","version":1}}`, 403, "program"},
		{"POST", acts, `{"kind":"statement_reviewed","data":{"statement":"s1","version":1,"stage":"text","ok":true}}`, 403, "program"},
		{"POST", acts, `{"kind":"restricted","data":{"people":["nobody"],"reason":"x"}}`, 422, "nouser"},
		{"POST", acts, `{"kind":"note","note":"` + strings.Repeat("x", largestForm) + `"}`, 413, "large"},
		{"POST", "/api/v1/requests/x", `{"do":"claimed"}`, 404, "missing"},
	} {
		got := p.call(c.method, c.path, c.body, c.status)
		if got["code"] != c.code || got["status"] != float64(c.status) {
			t.Errorf("%s %s %.80s: %v, want the code %s", c.method, c.path, c.body, got, c.code)
		}
	}
	p.broken = errDisk
	got := p.call("GET", "/api/v1/health", "", 500)
	if b, _ := json.Marshal(got); bytes.Contains(b, []byte("hunter2")) || len(p.errs) != 1 {
		t.Errorf("a failure is told as %s, logged %v", b, p.errs)
	}
	r := p.request("POST", acts, strings.NewReader(`{"kind":"note","note":"x"}`), "Authorization", "Bearer "+p.token)
	p.read(r, 415) // the type of a form
}

// TestTokens tries tokens that hold, that do not hold any longer, and none.
func TestTokens(t *testing.T) {
	p, id := newProgram(t, roleViewer)
	acts := "/api/v1/incidents/" + id + "/acts"
	p.call("GET", "/api/v1/incidents", "", 200)
	if got := p.call("POST", acts, `{"kind":"note","note":"x"}`, 403); got["code"] != "role" {
		t.Errorf("a viewer is told %v", got)
	}
	good := p.token
	for _, token := range []string{"wf_", "wf_" + strings.Repeat("B", 26), "x", strings.ToLower(good), good + "x"} {
		p.token = token
		p.call("GET", "/api/v1/incidents", "", 401)
	}
	p.token = ""
	p.call("GET", "/api/v1/incidents", "", 401)
	p.call("GET", "/api/v1/incidents", "", 401, "Authorization", "Basic "+good)
	if page := p.read(p.request("GET", "/", nil, "Authorization", "Bearer "+good), 303); strings.Contains(page, "自来水") {
		t.Error("a token opens the pages")
	}
	p.as("limin", roleAdmin)
	p.call("GET", "/api/v1/incidents", "", 401, "Authorization", "Bearer wf_wrong") // no cookie stands in for it
	p.token = good
	p.wait(2 * time.Hour)
	p.call("GET", "/api/v1/incidents", "", 401) // it has expired
}

func TestTokensPage(t *testing.T) {
	w := newWorld(t, false)
	w.fill()
	w.as("limin", roleAdmin)
	for _, lang := range langs {
		sound(t, "tokens", w.get("/settings/tokens?lang="+lang, 200))
	}
	page := w.post("/settings/tokens", form("do", "add", "name", "大屏", "role", roleViewer, "days", "30"), 200)
	sound(t, "token", page)
	m := regexp.MustCompile(`class="onetime">(wf_[A-Z2-7]{26})<`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no token on\n%s", page)
	}
	for _, c := range [][]string{{"", roleViewer, "30"}, {"x", "root", "30"}, {"x", roleViewer, "31"}, {"x", roleViewer, ""}} {
		w.post("/settings/tokens", form("do", "add", "name", c[0], "role", c[1], "days", c[2]), 422)
	}
	w.post("/settings/tokens", form("do", "add", "name", "大屏", "role", roleViewer, "days", "30"), 409)
	if page := w.get("/settings/tokens", 200); strings.Contains(page, m[1]) || !strings.Contains(page, "大屏") {
		t.Error("the token is shown twice, or not listed")
	}
	w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Tokens()
		if len(all) != 1 || all[0].Hash == m[1] || all[0].Hash != tokenHash(m[1]) || all[0].By != "limin" {
			t.Errorf("stored is %+v", all)
		}
		return err
	}))
	p := &program{world: w, d: readDescription(t), token: m[1], told: map[string]bool{}}
	p.call("GET", "/api/v1/sources", "", 200)
	w.post("/settings/tokens", form("do", "revoke", "id", "1"), 200)
	w.post("/settings/tokens", form("do", "revoke", "id", "1"), 404)
	p.call("GET", "/api/v1/sources", "", 401)
	for _, e := range w.log() {
		if strings.Contains(e.Target+e.What, m[1]) {
			t.Errorf("the log holds a token: %+v", e)
		}
	}
	v := &visit{user: store.User{Name: "x", Role: roleOperator}}
	r, err := http.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(form("role", roleAdmin, "days", "30").Encode()))
	w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := w.console.addToken(r, v, "y"); err == nil {
		t.Error("an operator made a token of an administrator")
	}
	if _, err := personName("api:大屏"); err == nil {
		t.Error("a person may take the name of a program")
	}
}

// TestAPICrossSite sends a browser of a logged-in person from another site.
func TestAPICrossSite(t *testing.T) {
	p, id := newProgram(t, roleOperator)
	acts := "/api/v1/incidents/" + id + "/acts"
	const note = `{"kind":"note","note":"x"}`
	p.as("limin", roleAdmin)
	token := p.token
	for _, h := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		p.token = token
		p.call("POST", acts, note, 200, h...)
		p.token = ""
		if got := p.call("POST", acts, note, 403, h...); got["code"] != "cross" {
			t.Errorf("another site is told %v", got)
		}
	}
	p.call("POST", acts, note, 200)
}

// TestAPIPages walks through lists by their cursors and wants each item once.
func TestAPIPages(t *testing.T) {
	p, id := newProgram(t, roleViewer)
	for i := range 5 {
		p.openIncident("bus-quiet", "公交线路调整", night.Add(-time.Duration(60+i/2)*time.Hour), crisis.LevelIV)
	}
	for path, want := range map[string]int{
		"/api/v1/incidents": 7, "/api/v1/incidents?open=true": 6, "/api/v1/incidents?topic=tap-water": 1, "/api/v1/incidents/" + id + "/events": p.incident(id).Events,
		"/api/v1/posts": 7, "/api/v1/posts?topic=bus-quiet": 1, "/api/v1/posts?topic=bus": 0, "/api/v1/posts?q=%E7%9F%BF%E6%B3%89%E6%B0%B4": 1, "/api/v1/posts?source=news": 2,
		"/api/v1/sources": 6, "/api/v1/topics": 3, "/api/v1/ledger": 2, "/api/v1/playbooks": len(p.library.Playbooks()),
	} {
		seen := map[string]bool{}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		next := ""
		for range 100 {
			at := path + sep + "limit=2"
			if next != "" {
				at += "&cursor=" + next
			}
			got := p.call("GET", at, "", 200)
			for _, x := range got["items"].([]any) {
				b, err := json.Marshal(x)
				p.must(err)
				if seen[string(b)] {
					t.Errorf("%s: an item came twice: %s", path, b)
				}
				seen[string(b)] = true
			}
			if next, _ = got["next"].(string); next == "" {
				break
			}
		}
		if len(seen) != want || next != "" {
			t.Errorf("%s: %d items, want %d", path, len(seen), want)
		}
	}
}

// TestAPIRestricted wants an incident that is restricted to be missing everywhere.
func TestAPIRestricted(t *testing.T) {
	w, id := restricted(t)
	p := &program{world: w, d: readDescription(t), token: w.key("robot", roleAdmin), told: map[string]bool{}}
	for path, want := range map[string]int{
		"/api/v1/incidents/" + id: 404, "/api/v1/incidents/" + id + "/events": 404, "/api/v1/incidents": 200, "/api/v1/topics": 200, "/api/v1/ledger": 200, "/api/v1/ledger?incident=" + id: 200,
	} {
		b, err := json.Marshal(p.call("GET", path, "", want))
		w.must(err)
		if bytes.Contains(b, []byte(id)) {
			t.Errorf("%s tells of the incident: %s", path, b)
		}
	}
	p.call("POST", "/api/v1/incidents/"+id+"/acts", `{"kind":"note","note":"x"}`, 404)
}
