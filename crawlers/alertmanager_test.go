package crawlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

const (
	testToken = "0123456789abcdef01234567"
	amAt      = "2026-11-19T00:20:00.123Z"
)

func bearing(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// amOf is a webhook as Alertmanager 0.28 sends it.
func amOf(status, start string) string {
	return fmt.Sprintf(`{"receiver":"watchfire","status":%[1]q,"alerts":[{"status":%[1]q,"labels":{"alertname":"PumpDown","severity":"critical","team":"plant"},
"annotations":{"summary":"二水厂  出水泵停机","description":"青溪区<b>水压</b>低于 0.1 MPa，联系 13812345678"},"startsAt":%[2]q,"endsAt":"0001-01-01T00:00:00Z","generatorURL":"https://prom.yunchuan.example/graph?g0.expr=up","fingerprint":"e1f2a3"}],
"groupLabels":{"alertname":"PumpDown"},"commonLabels":{},"commonAnnotations":{},"externalURL":"https://am.yunchuan.example","version":"4","groupKey":"{}:{}","truncatedAlerts":0}`, status, start)
}

func amKind() *Alertmanager {
	k := Kinds["alertmanager"]().(*Alertmanager)
	k.Token, k.Topic, k.Label = testToken, "water", "team"
	return k
}

func TestAlertmanager(t *testing.T) {
	k := amKind()
	h, err := k.Receive("", bearing(testToken), []byte(amOf("firing", amAt)), testNow)
	if err != nil || len(h.Intakes) != 1 || h.Class != crisis.ClassOK {
		t.Fatalf("Receive = %+v, %v", h, err)
	}
	in := h.Intakes[0]
	want := crisis.Intake{
		ID: in.ID, System: "Alertmanager", Topic: "plant", Title: "二水厂 出水泵停机", Text: "青溪区水压低于 0.1 MPa，联系 ***",
		Level: crisis.LevelII, URL: "https://prom.yunchuan.example/graph?g0.expr=up", At: time.Date(2026, 11, 19, 0, 20, 0, 123e6, time.UTC),
	}
	if in != want || in.ID == "" {
		t.Errorf("intake %+v, want %+v", in, want)
	}
	cursor := h.Cursor
	for _, step := range []struct {
		name, status, start string
		intakes             int
		over                bool
	}{
		{"the repeat of the group", "firing", amAt, 0, false},
		{"it ends", "resolved", amAt, 1, true},
		{"that is repeated", "resolved", amAt, 0, false},
		{"the other of the pair is late", "firing", amAt, 0, false},
		{"it fires again", "firing", "2026-11-19T00:25:00Z", 1, false},
	} {
		h, err := k.Receive(cursor, bearing(testToken), []byte(amOf(step.status, step.start)), testNow)
		if err != nil || len(h.Intakes) != step.intakes || (step.intakes == 1 && h.Intakes[0].Over != step.over) {
			t.Errorf("%s: %+v, %v, want %d", step.name, h, err, step.intakes)
		}
		if (h.Class == crisis.ClassNotModified) != (step.intakes == 0) {
			t.Errorf("%s: class %s", step.name, h.Class)
		}
		cursor = h.Cursor
	}
}

func TestAlertmanagerPayloads(t *testing.T) {
	one := func(alert string) string { return `{"version":"4","alerts":[` + alert + `]}` }
	for _, c := range []struct {
		name, body string
		class      crisis.Class
		intakes    int
		level      crisis.Level
		said       string
	}{
		{"not JSON", "up", crisis.ClassMalformed, 0, 0, "parse the webhook"},
		{"another version", `{"version":"3","alerts":[{}]}`, crisis.ClassMalformed, 0, 0, "version 4 is read"},
		{"no alerts", `{"version":"4","alerts":[]}`, crisis.ClassMalformed, 0, 0, "no alerts"},
		{"labels that are none", one(`{"status":"firing","labels":[1]}`), crisis.ClassMalformed, 0, 0, "parse the webhook"},
		{"a start that is no time", one(`{"status":"firing","startsAt":"today","labels":{"alertname":"A"}}`), crisis.ClassMalformed, 0, 0, "parse the webhook"},
		{"no status", one(`{"labels":{"alertname":"A"}}`), crisis.ClassMalformed, 0, 0, "neither firing nor resolved"},
		{"nothing said", one(`{"status":"firing"}`), crisis.ClassMalformed, 0, 0, "neither a label alertname"},
		{"no severity", one(`{"status":"firing","labels":{"alertname":"A"}}`), crisis.ClassOK, 1, crisis.LevelNone, ""},
		{"a severity in capitals", one(`{"status":"firing","labels":{"alertname":"A","severity":"Warning"}}`), crisis.ClassOK, 1, crisis.LevelIII, ""},
		{"the dead man's switch", one(`{"status":"firing","labels":{"alertname":"Watchdog","severity":"none"}}`), crisis.ClassOK, 1, crisis.LevelNone, ""},
		{"one of two is bad", one(`{"status":"x"},{"status":"firing","labels":{"alertname":"A","severity":"info"}}`), crisis.ClassOK, 1, crisis.LevelIV, "alert 1: status"},
		{"an incident of ours", one(`{"status":"firing","labels":{"alertname":"watchfire","severity":"critical"}}`), crisis.ClassNotModified, 0, 0, "Watchfire's own"},
		{"the same twice", one(`{"status":"firing","labels":{"alertname":"A"}},{"status":"firing","labels":{"alertname":"A"}}`), crisis.ClassOK, 1, 0, ""},
		{"a sender that leaves out", `{"version":"4","truncatedAlerts":7,"alerts":[{"status":"firing","labels":{"alertname":"A"}}]}`, crisis.ClassOK, 1, 0, "7 alerts were left out"},
	} {
		h, err := amKind().Receive("", bearing(testToken), []byte(c.body), testNow)
		class, said := h.Class, h.Detail
		if err != nil {
			class, said = ClassOf(err), err.Error()
		}
		if class != c.class || len(h.Intakes) != c.intakes || !strings.Contains(said, c.said) {
			t.Errorf("%s: %s, %d intakes, %q, want %s, %d, %q", c.name, class, len(h.Intakes), said, c.class, c.intakes, c.said)
		}
		if len(h.Intakes) == 1 && (h.Intakes[0].Level != c.level || h.Intakes[0].Topic != "water") {
			t.Errorf("%s: %+v, want level %q of water", c.name, h.Intakes[0], c.level)
		}
	}
}

// TestAlertmanagerLevels holds that what is configured comes beside the severities that
// nearly everybody uses, before them where it names the same, and does not replace them.
func TestAlertmanagerLevels(t *testing.T) {
	k := amKind()
	k.Levels = map[string]crisis.Level{"page": crisis.LevelI, "Info": crisis.LevelNone, "*": crisis.LevelIV}
	for severity, want := range map[string]crisis.Level{"page": crisis.LevelI, "critical": crisis.LevelII, "WARNING": crisis.LevelIII, "info": crisis.LevelNone, "none": crisis.LevelIV} {
		body := fmt.Sprintf(`{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"A","severity":%q}}]}`, severity)
		h, err := k.Receive("", bearing(testToken), []byte(body), testNow)
		if err != nil || len(h.Intakes) != 1 || h.Intakes[0].Level != want {
			t.Errorf("%s: %+v, %v, want level %q", severity, h.Intakes, err, want)
		}
	}
}

// TestAlertmanagerUnbegun holds that the end of an alert whose beginning never came is
// nothing to tell, and that its beginning, if it is late, is none either.
func TestAlertmanagerUnbegun(t *testing.T) {
	h, err := amKind().Receive("", bearing(testToken), []byte(amOf("resolved", amAt)), testNow)
	if err != nil || len(h.Intakes) != 0 || h.Class != crisis.ClassNotModified {
		t.Errorf("an end without a beginning: %+v, %v", h, err)
	}
	late, err := amKind().Receive(h.Cursor, bearing(testToken), []byte(amOf("firing", amAt)), testNow)
	if err != nil || len(late.Intakes) != 0 {
		t.Errorf("its beginning, late: %+v, %v", late, err)
	}
	again, err := amKind().Receive(late.Cursor, bearing(testToken), []byte(amOf("firing", "2026-11-19T00:25:00Z")), testNow)
	if err != nil || len(again.Intakes) != 1 {
		t.Errorf("it fires once more: %+v, %v", again, err)
	}
}

// TestBearer holds that only the token opens the door, and is in no error.
func TestBearer(t *testing.T) {
	for _, header := range []string{"", "Bearer", "Bearer ", testToken, "Basic " + testToken, "Bearer " + testToken[:23], "Bearer " + testToken + "0", "Bearer " + strings.ToUpper(testToken)} {
		for _, k := range []Receiver{amKind(), &Monitor{Token: testToken, Topic: "water", Fields: map[string]string{"title": "t"}}} {
			h, err := k.Receive("", http.Header{"Authorization": {header}}, []byte(amOf("firing", amAt)), testNow)
			if ClassOf(err) != crisis.ClassAuth || len(h.Intakes) > 0 || strings.Contains(err.Error(), testToken) {
				t.Errorf("%T with %q: %+v, %v", k, header, h, err)
			}
		}
	}
	if err := bearer(http.Header{"Authorization": {"Bearer "}}, ""); err == nil {
		t.Error("no token opens a door without one")
	}
	if err := bearer(http.Header{"Authorization": {"bearer " + testToken}}, testToken); err != nil {
		t.Errorf("a scheme in small letters: %v", err)
	}
}

// TestHandedAtOnce holds that a storm of alerts comes in parts, and none is lost.
func TestHandedAtOnce(t *testing.T) {
	var all []string
	for i := range 250 {
		all = append(all, fmt.Sprintf(`{"status":"firing","labels":{"alertname":"A%d"}}`, i))
	}
	body, cursor, got := []byte(`{"version":"4","alerts":[`+strings.Join(all, ",")+`]}`), "", 0
	for n, want := range []int{100, 100, 50, 0} {
		h, err := amKind().Receive(cursor, bearing(testToken), body, testNow)
		if err != nil || len(h.Intakes) != want || strings.Contains(h.Detail, "more than") != (n < 2) {
			t.Fatalf("delivery %d: %d intakes, %q, %v, want %d", n+1, len(h.Intakes), h.Detail, err, want)
		}
		cursor, got = h.Cursor, got+want
	}
	c := loadCursor[handedCursor](cursor)
	if len(c.Handed) != got {
		t.Errorf("%d are remembered of %d", len(c.Handed), got)
	}
}

// soundIntakes checks what a parser made of whatever it was given.
func soundIntakes(t *testing.T, h Harvest) {
	t.Helper()
	if !json.Valid([]byte(h.Cursor)) || len(h.Intakes) > handedAtOnce {
		t.Errorf("cursor %q, %d intakes", h.Cursor, len(h.Intakes))
	}
	for _, in := range h.Intakes {
		switch {
		case in.ID == "" || len(in.ID) > 200 || in.Topic == "" || len(in.Title) > 300 || len(in.Text) > 4000 || strings.Contains(in.Title, "\n"):
			t.Errorf("unsound: %+v", in)
		case !utf8.ValidString(in.System + in.Title + in.Text + in.URL):
			t.Errorf("not UTF-8: %+v", in)
		case in.URL != "" && !strings.HasPrefix(in.URL, "http"):
			t.Errorf("address %q", in.URL)
		case in.At.After(testNow.Add(10 * time.Minute)):
			t.Errorf("began %s, in the future", in.At)
		}
	}
}

func FuzzAlertmanager(f *testing.F) {
	f.Add([]byte(amOf("firing", amAt)))
	f.Add([]byte(`{"version":"4","alerts":[{"status":"resolved","labels":{"alertname":"A"},"startsAt":"9999-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := amKind().Receive("", bearing(testToken), body, testNow)
		if err != nil {
			return
		}
		soundIntakes(t, h)
		again, err := amKind().Receive(h.Cursor, bearing(testToken), body, testNow)
		if err != nil || (len(again.Intakes) > 0 && len(h.Intakes) < handedAtOnce) {
			t.Errorf("a repeat gives %+v, %v", again, err)
		}
	})
}
