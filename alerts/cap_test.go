package alerts

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

func newCAP(t testing.TB) *CAP {
	t.Helper()
	return &CAP{Folder: t.TempDir(), Sender: "watchfire@yunchuan.example", Area: "云川市", Expires: 24 * time.Hour, Keep: 50}
}

// capRule is what the schema of CAP 1.2 says of an element: its place, how often it
// may stand, and its values.
type capRule struct {
	name     string
	required bool
	many     bool
	values   string // allowed words, a pattern between slashes, or "" for any text
}

const capTimePattern = `/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$/`

var capRules = map[string][]capRule{
	"alert": {
		{"identifier", true, false, `/^[^\s,<&]+$/`},
		{"sender", true, false, `/^[^\s,<&]+$/`},
		{"sent", true, false, capTimePattern},
		{"status", true, false, "Actual Exercise System Test Draft"},
		{"msgType", true, false, "Alert Update Cancel Ack Error"},
		{"source", false, false, ""},
		{"scope", true, false, "Public Restricted Private"},
		{"restriction", false, false, ""},
		{"addresses", false, false, ""},
		{"code", false, true, ""},
		{"note", false, false, ""},
		{"references", false, false, `/^([^\s,<&]+,[^\s,<&]+,\S+)( [^\s,<&]+,[^\s,<&]+,\S+)*$/`},
		{"incidents", false, false, ""},
		{"info", false, true, ""},
	},
	"info": {
		{"language", false, false, `/^[a-z]{2}(-[A-Z]{2})?$/`},
		{"category", true, true, "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other"},
		{"event", true, false, "/./"},
		{"responseType", false, true, "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None"},
		{"urgency", true, false, "Immediate Expected Future Past Unknown"},
		{"severity", true, false, "Extreme Severe Moderate Minor Unknown"},
		{"certainty", true, false, "Observed Likely Possible Unlikely Unknown"},
		{"audience", false, false, ""},
		{"eventCode", false, true, ""},
		{"effective", false, false, capTimePattern},
		{"onset", false, false, capTimePattern},
		{"expires", false, false, capTimePattern},
		{"senderName", false, false, ""},
		{"headline", false, false, ""},
		{"description", false, false, ""},
		{"instruction", false, false, ""},
		{"web", false, false, `/^https?:/`},
		{"contact", false, false, ""},
		{"parameter", false, true, ""},
		{"resource", false, true, ""},
		{"area", false, true, ""},
	},
	"parameter": {{"valueName", true, false, ""}, {"value", true, false, ""}},
	"area":      {{"areaDesc", true, false, ""}, {"polygon", false, true, ""}, {"circle", false, true, ""}, {"geocode", false, true, ""}, {"altitude", false, false, ""}, {"ceiling", false, false, ""}},
}

// node is an element of a message.
type node struct {
	XMLName  xml.Name
	Text     string `xml:",chardata"`
	Children []node `xml:",any"`
}

// checkCAP holds a message to the schema, and to what the standard says in words.
func checkCAP(t testing.TB, text []byte) capMessage {
	t.Helper()
	var root node
	if err := xml.Unmarshal(text, &root); err != nil || root.XMLName != (xml.Name{Space: "urn:oasis:names:tc:emergency:cap:1.2", Local: "alert"}) {
		t.Fatalf("root %v, %v", root.XMLName, err)
	}
	checkNode(t, root)
	var m capMessage
	if err := xml.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if (m.Scope == "Restricted") != (m.Restriction != "") {
		t.Error("a restricted message says for whom it is, no other does")
	}
	if (m.MsgType == "Update" || m.MsgType == "Cancel") != (m.References != "") {
		t.Errorf("%s refers to %q", m.MsgType, m.References)
	}
	if (m.Info.ResponseType == "Execute") != (m.Info.Instruction != "") {
		t.Errorf("%s with instruction %q", m.Info.ResponseType, m.Info.Instruction)
	}
	if utf8.RuneCountInString(m.Info.Headline) > 160 {
		t.Errorf("headline %q", m.Info.Headline)
	}
	return m
}

func checkNode(t testing.TB, n node) {
	t.Helper()
	rules, ok := capRules[n.XMLName.Local]
	if !ok {
		return
	}
	at, seen := 0, map[string]int{}
	for _, c := range n.Children {
		name := c.XMLName.Local
		i := slices.IndexFunc(rules, func(r capRule) bool { return r.name == name })
		if i < at || c.XMLName.Space != n.XMLName.Space {
			t.Errorf("%s: element %s is unknown or out of order", n.XMLName.Local, name)
			continue
		}
		at = i
		if seen[name]++; seen[name] > 1 && !rules[i].many {
			t.Errorf("%s: element %s stands twice", n.XMLName.Local, name)
		}
		v := rules[i].values
		if pattern, ok := strings.CutPrefix(v, "/"); ok && !regexp.MustCompile(strings.TrimSuffix(pattern, "/")).MatchString(c.Text) || !ok && v != "" && !slices.Contains(strings.Fields(v), c.Text) {
			t.Errorf("%s: %q is no value of %s", n.XMLName.Local, c.Text, name)
		}
		checkNode(t, c)
	}
	for _, r := range rules {
		if r.required && seen[r.name] == 0 {
			t.Errorf("%s: element %s is missing", n.XMLName.Local, r.name)
		}
	}
}

func (c *CAP) read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.Folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCAPIncident writes an incident: a message, an update of it, a cancellation of
// both, and lists them in the feed; also when another process goes on.
func TestCAPIncident(t *testing.T) {
	c := newCAP(t)
	var refs []string
	for i, x := range []struct {
		kind         crisis.AlertKind
		at           time.Time
		msg, respond string
		urgency      string
		references   int
	}{
		{crisis.AlertOpened, at(1, 35), "Alert", "Execute", "Immediate", 0},
		{crisis.AlertOpened, at(1, 35), "Alert", "Execute", "Immediate", 0}, // the second copy
		{crisis.AlertRaised, at(2, 0), "Update", "Execute", "Immediate", 1},
		{crisis.AlertClosed, at(9, 0), "Cancel", "AllClear", "Past", 2},
		{crisis.AlertReopened, at(10, 0), "Alert", "Execute", "Immediate", 0},
		{crisis.AlertOverdue, at(10, 30), "Update", "Execute", "Immediate", 1},
	} {
		a := sample(x.kind, "zh")
		a.At = x.at
		next := *newCAP(t)
		next.Folder = c.Folder
		r, err := next.Send(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		m := checkCAP(t, c.read(t, r.Ref))
		if m.MsgType != x.msg || m.Info.ResponseType != x.respond || m.Info.Urgency != x.urgency || m.Info.Severity != "Severe" || m.Info.Certainty != "Observed" || m.Status != "Actual" {
			t.Errorf("message %d: %+v", i, m)
		}
		if got := strings.Fields(m.References); len(got) != x.references || x.references > 0 && i < 4 && !slices.Contains(got, "watchfire@yunchuan.example,"+strings.TrimSuffix(refs[0], ".xml")+",2026-11-19T09:35:00+08:00") {
			t.Errorf("message %d refers to %q", i, m.References)
		}
		refs = append(refs, r.Ref)
	}
	var feed atomFeed
	if err := xml.Unmarshal(c.read(t, "index.atom"), &feed); err != nil {
		t.Fatal(err)
	}
	if len(feed.Entries) != 5 || feed.Entries[0].Link.Href != refs[5] || feed.Updated != "2026-11-19T10:30:00Z" || feed.Entries[4].Title != Headline(sample(crisis.AlertOpened, "zh")) {
		t.Errorf("feed %+v", feed)
	}
	files, err := os.ReadDir(c.Folder)
	if err != nil || len(files) != 6 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

// TestCAPKinds holds every kind of alert to the schema.
func TestCAPKinds(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, x := range cases(lang) {
			c := newCAP(t)
			r, err := c.Send(t.Context(), x.alert)
			if err != nil {
				t.Fatal(err)
			}
			text := c.read(t, r.Ref)
			m := checkCAP(t, text)
			if (m.Status == "Exercise") != x.alert.Drill {
				t.Errorf("%s has status %s", x.name, m.Status)
			}
			if slices.Contains([]string{"opened", "closed", "blind", "rescue", "drill"}, x.name) {
				fmt.Fprintf(&b, "=== %s\n%s\n", x.name, text)
			}
		}
		golden(t, "cap."+lang, b.String())
	}
	for _, a := range []crisis.Alert{
		{ID: "digest.1.cap", Kind: crisis.AlertDigest, Lang: "zh", Zone: "UTC", At: at(1, 35)},
		{ID: "alive.1.cap", Kind: crisis.AlertAlive, Lang: "en", Zone: "UTC", At: at(1, 35), Alive: &crisis.Alive{Sources: 3, Seeing: 3}},
	} {
		c := newCAP(t)
		r, err := c.Send(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if m := checkCAP(t, c.read(t, r.Ref)); m.Info.Severity != "Unknown" || (m.Status == "System") != (a.Alive != nil) {
			t.Errorf("%+v", m)
		}
	}
	blind, sight := sample(crisis.AlertBlind, "en"), sample(crisis.AlertSight, "en")
	c := newCAP(t)
	for _, a := range []crisis.Alert{blind, sight} {
		r, err := c.Send(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if m := checkCAP(t, c.read(t, r.Ref)); m.Status != "System" || (m.MsgType == "Cancel") != (a.Kind == crisis.AlertSight) {
			t.Errorf("%+v", m)
		}
	}
}

// TestCAPKeeps removes the oldest of our messages, and nothing else.
func TestCAPKeeps(t *testing.T) {
	c := newCAP(t)
	c.Keep, c.URL = 3, "https://cap.yunchuan.example/feed/"
	other := filepath.Join(c.Folder, "watchfire-notes.xml")
	if err := os.WriteFile(other, []byte("<notes/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		a := sample(crisis.AlertOpened, "zh")
		a.ID, a.Incident, a.At = fmt.Sprint("x", i), fmt.Sprint("x", i), at(2, i)
		if _, err := c.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	all, err := c.messages()
	if err != nil || len(all) != 3 || all[0].Identifier != "watchfire-x3" {
		t.Errorf("%d messages are kept, %v", len(all), err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
	if feed := string(c.read(t, "index.atom")); strings.Count(feed, "<entry>") != 3 || !strings.Contains(feed, `href="https://cap.yunchuan.example/feed/watchfire-x5.xml"`) {
		t.Errorf("feed %s", feed)
	}
}

func TestCAPCheck(t *testing.T) {
	if err := newCAP(t).Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(c *CAP){
		"folder":  func(c *CAP) { c.Folder += "/x" },
		"sender":  func(c *CAP) { c.Sender = "a, b" },
		"url":     func(c *CAP) { c.URL = "ftp://x" },
		"expires": func(c *CAP) { c.Expires = 0 },
		"keep":    func(c *CAP) { c.Keep = 0 },
	} {
		c := newCAP(t)
		if change(c); c.Check() == nil || !strings.HasPrefix(c.Check().Error(), want) {
			t.Errorf("%v, want %q", c.Check(), want)
		}
	}
	if got := capTime(at(1, 2), time.UTC); got != "2026-11-19T01:02:00-00:00" {
		t.Errorf("capTime = %s", got)
	}
}

// FuzzCAP writes what strangers may say into a message: it stays a message, in a file
// of the folder.
func FuzzCAP(f *testing.F) {
	f.Add("标题", "<x>&\x00]]>", "../../etc/passwd", "https://x.example/?a=<b>&c")
	f.Fuzz(func(t *testing.T, title, quote, id, link string) {
		c := &CAP{Sender: "watchfire@yunchuan.example", Expires: time.Hour, Keep: 1}
		a := sample(crisis.AlertOpened, "zh")
		a.Title, a.Remark, a.Evidence[0].Quote, a.ID, a.Incident, a.Link, a.Org = title, quote, quote, id, id, link, title
		m := c.message(a)
		if name := filepath.Join("/folder", m.Identifier+".xml"); filepath.Dir(name) != "/folder" || len(m.Identifier) > 200 {
			t.Errorf("the file is %s", name)
		}
		m.refer([]capFile{{capMessage: *m}}, a)
		text, err := xml.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		checkCAP(t, text)
	})
}

// capFailures are what a folder may do to us.
var capFailures = map[string]func(t *testing.T) Channel{
	"is not there": func(t *testing.T) Channel { c := newCAP(t); c.Folder += "/gone"; return c },
	"is a file": func(t *testing.T) Channel {
		c := newCAP(t)
		c.Folder += "/file"
		if err := os.WriteFile(c.Folder, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return c
	},
	"holds a folder in the place of the feed": func(t *testing.T) Channel {
		c := newCAP(t)
		if err := os.MkdirAll(filepath.Join(c.Folder, "index.atom", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		return c
	},
	"has a sender that cannot be": func(t *testing.T) Channel { c := newCAP(t); c.Sender = "a b"; return c },
}
