package browser

import (
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// story is a night in the town up to its middle: the incident is held, two steps are
// ticked, a statement is drafted.
type story struct {
	*stage
	li, wang  *person
	id        string // of the incident
	statement string // path of its page
}

// tell plays the story.
func tell(t *testing.T) *story {
	t.Helper()
	s := &story{stage: newStage(t)}
	s.li = s.admin("李敏")
	s.wang = s.li.hire("wang", "王主任", "approver")
	s.id = s.open()
	s.pass(6)
	s.act(crisis.Act{Kind: crisis.EventAcknowledged, Incident: s.id, By: "李敏"})
	in := s.incident(s.id)
	plan := in.Plans[0]
	for i, note := range []string{"已向市水务集团调度室（陈工）核实：青溪区约 2.1 万户受影响，原水藻类异常，能否饮用等快检，预计 22 时出结果。", "已报分管副市长和网信办。"} {
		s.pass(2)
		s.act(crisis.Act{Kind: crisis.EventStepDone, Incident: s.id, By: "李敏", Plan: plan.ID, Step: plan.Steps[i].ID, Note: note})
	}
	s.pass(3)
	s.act(crisis.Act{Kind: crisis.EventNote, Incident: s.id, By: "王主任", Note: "分管副市长要求：先发安全提示，检测结果出来立即公布。"})
	page := s.li.post("/incidents/"+s.id+"/statements", draftForm("first_statement", plan.ID, s.firstStatement()))
	m := regexp.MustCompile(`name="statement" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the draft is not kept:\n%s", page)
	}
	s.statement = "/incidents/" + s.id + "/statements/" + m[1]
	s.pass(2)
	return s
}

// pages are those of somebody who is logged in, by the pattern of their route.
func (s *story) pages() map[string][]string {
	here := "/incidents/" + s.id
	return map[string][]string{
		"GET /{$}":                             {"/"},
		"GET /account":                         {"/account"},
		"GET /password":                        {"/password"},
		"GET /settings/people":                 {"/settings/people"},
		"GET /settings/tokens":                 {"/settings/tokens"},
		"GET /settings/audit":                  {"/settings/audit"},
		"GET /incidents":                       {"/incidents"},
		"GET /incidents/{id}":                  {here},
		"GET /incidents/{id}/statements/{sid}": {here + "/statements/new?kind=safety_notice", s.statement},
		"GET /incidents/{id}/review":           {here + "/review"},
		"GET /incidents/{id}/{file}":           {here + "/report.html", here + "/report.html?kind=flash", here + "/evidence.html"},
		"GET /incidents/{id}/evidence/{key}":   {s.exhibit()},
		"GET /hot":                             {"/hot"},
		"GET /settings/channels":               {"/settings/channels"},
		"GET /handover":                        {"/handover"},
		"GET /requests":                        {"/requests"},
		"GET /deliveries":                      {"/deliveries"},
		"GET /posts":                           {"/posts?q=水"},
		"GET /topics":                          {"/topics"},
		"GET /topics/{id}":                     {"/topics/tap-water?text=自来水发臭&bar=80"},
		"GET /insight":                         {"/insight"},
		"GET /calendar":                        {"/calendar"},
		"GET /sources":                         {"/sources"},
		"GET /sources/{name}":                  {"/sources/forum"},
		"GET /playbooks":                       {"/playbooks"},
		"GET /playbooks/{id}":                  {"/playbooks/service-outage"},
		"/":                                    {"/nowhere"},
	}
}

// exhibit is the path of a post that is kept as evidence.
func (s *story) exhibit() string {
	s.t.Helper()
	path := regexp.MustCompile(`/incidents/[^/"]+/evidence/[^"]+`).FindString(s.li.get("/incidents/" + s.id))
	if path == "" {
		s.t.Fatal("the incident shows no kept evidence")
	}
	return html.UnescapeString(path)
}

// doors are the pages of nobody in particular.
func (s *story) doors() map[string][]string {
	return map[string][]string{"GET /login": {"/login"}, "GET /tap/{token}": {s.tap()}, "GET /offline": {"/offline"}}
}

// tap is the path of a signed link that the phone was sent.
func (s *story) tap() string {
	s.t.Helper()
	ctx, look := s.t.Context(), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for end := time.After(patience); ; {
		if links := s.phone.taps(); len(links) > 0 {
			return strings.TrimPrefix(links[len(links)-1].URL, s.url)
		}
		select {
		case <-ctx.Done():
		case <-end:
		case <-look.C:
			continue
		}
		s.t.Fatal("the phone was sent no signed link")
	}
}

// notPages are routes that answer with something else than a page.
var notPages = []string{
	"GET /assets/{name}", "GET /live", "GET /login/oidc", "GET /login/oidc/back", "GET /incidents/{id}/chart.png", "GET /incidents/{id}/chart.json", "GET /incidents/{id}/chart.csv", "GET /topics/{id}/chart.json",
	"GET /settings/audit.csv", "GET /manifest.webmanifest", "GET /sw.js",
	"GET /topics/{id}/counts.csv", "GET /sources/{name}/days.csv", "GET /insight/{file}", "GET /calendar.csv",
}

// checkComplete holds that no page of the console is missing here: a new route is named
// in the table of roles, and that is read.
func checkComplete(t *testing.T, known map[string][]string) {
	t.Helper()
	b, err := os.ReadFile("../console/roles.go")
	if err != nil {
		t.Fatal(err)
	}
	routes := regexp.MustCompile(`"(GET )?(/[^"]*)": role|"(GET )(/[^"]*)": everybody`).FindAllStringSubmatch(string(b), -1)
	if len(routes) < 30 {
		t.Fatalf("the table of roles names %d pages", len(routes))
	}
	for _, m := range routes {
		route := m[1] + m[2] + m[3] + m[4]
		if len(known[route]) == 0 && !slices.Contains(notPages, route) && !strings.Contains(route, "/api/") {
			t.Errorf("the page %s is not looked at in a browser", route)
		}
	}
}
