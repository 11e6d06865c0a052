package console

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/playbooks"
)

var verb = regexp.MustCompile(`%(\[(\d)\])?[a-z]`)

// verbsOf lists the arguments that a phrase takes: their number and kind.
func verbsOf(s string) []string {
	var out []string
	for i, m := range verb.FindAllStringSubmatch(s, -1) {
		at := m[2]
		if at == "" {
			at = fmt.Sprint(i + 1)
		}
		out = append(out, at+m[0][len(m[0])-1:])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// usedKeys finds every key that a template or the code asks for by its name.
func usedKeys(t *testing.T) map[string]string {
	t.Helper()
	asks := []*regexp.Regexp{
		regexp.MustCompile(`\.T "([^"]+)"`),
		regexp.MustCompile(`(?:must|say|bad|ask|tick)\("([a-z0-9.]+)"`),
		regexp.MustCompile(`"(err\.[a-z.]+|ev\.[a-z.]+|login\.[a-z]+)"`),
		regexp.MustCompile(`c\.frame\(r, \w+, "([a-z.]+)"`),
	}
	out := map[string]string{}
	for _, glob := range []string{"*.go", "templates/*.html"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, "words_") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, re := range asks {
				for _, m := range re.FindAllSubmatch(b, -1) {
					out[string(m[1])] = f
				}
			}
		}
	}
	return out
}

// prefixes are the keys that are put together from a prefix and a value.
var prefixes = []string{"said.", "source.", "strip.", "level.l", "colour.", "detector.", "phase.", "from.", "ask.", "checked.", "mood.", "alert.", "ledger.", "kind.", "class.", "fix.", "draft.", "verdict.", "request.class.", "request.state.", "finding.", "stage.", "lint.", "reached.", "postkind.", "topic.span.", "try.no.", "try.rule.", "calendar.bar.", "calendar.effect.", "insight.", "role.", "outcome.", "entries.", "severity.", "found."}

// TestWords holds both languages against each other and against the pages: no
// phrase is missing, empty, unused, or takes other arguments in one language.
func TestWords(t *testing.T) {
	used := usedKeys(t)
	if len(used) < 150 {
		t.Fatalf("found only %d keys in templates and code; the search is broken", len(used))
	}
	for key, file := range used {
		if strings.HasSuffix(key, ".") {
			continue
		}
		if _, ok := words[key]; !ok {
			t.Errorf("%s asks for %q, which nobody has put into words", file, key)
		}
	}
	for key, p := range words {
		if strings.TrimSpace(p.zh) == "" || strings.TrimSpace(p.en) == "" {
			t.Errorf("%s: zh %q, en %q: one of them is empty", key, p.zh, p.en)
		}
		if a, b := verbsOf(p.zh), verbsOf(p.en); !slices.Equal(a, b) {
			t.Errorf("%s: Chinese takes %v, English %v", key, a, b)
		}
		if regexp.MustCompile(`\p{Han}`).MatchString(p.en) && key != "other.lang" {
			t.Errorf("%s: there is Chinese in the English phrase %q", key, p.en)
		}
		composed := slices.ContainsFunc(prefixes, func(x string) bool { return strings.HasPrefix(key, x) })
		if _, ok := used[key]; !ok && !composed {
			t.Errorf("%s: no page says this", key)
		}
	}
	if n := len(pageWords) + len(actWords) + len(termWords) + len(peopleWords) + len(requestWords) + len(reviewWords) + len(speechWords) + len(viewWords) + len(insightWords) + len(calendarWords) + len(accountWords) + len(pushWords) + len(dutyWords); n != len(words) {
		t.Errorf("%d phrases in the tables, %d in all: a key is used twice", n, len(words))
	}
}

// TestTerms wants words for every value that the data may hold.
func TestTerms(t *testing.T) {
	want := map[string][]string{
		"class.":         {"rate_limited", "auth", "gated", "forbidden", "soft_error", "malformed", "gone", "unavailable", "stale"},
		"fix.":           {"rate_limited", "auth", "gated", "forbidden", "soft_error", "malformed", "gone", "unavailable", "stale"},
		"mood.":          {string(crisis.Negative), string(crisis.Neutral), string(crisis.Positive)},
		"alert.":         {"opened", "raised", "overdue", "quiet", "closed", "reopened", "update", "blind", "sight", "test", "reminder", "escalated", "lapsed", "rescue", "promise", "unseen", "unsigned", "digest", "alive"},
		"from.":          {"happened", "noticed", "earlier", "detected", "closed", "promise", "service_restored"},
		"verdict.":       {string(crisis.VerdictReal), string(crisis.VerdictNoise), string(crisis.VerdictKnown)},
		"request.state.": {"open", "claimed", "answered", "transferred", "dismissed", crisis.AskReclass, "told"},
	}
	for _, f := range crisis.Finders {
		want["found."] = append(want["found."], string(f))
	}
	for key := range said {
		want["said."] = append(want["said."], key)
	}
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	v := lib.Vocabulary()
	for prefix, list := range map[string][]playbooks.Word{"phase.": v.Phases, "ask.": v.EvidenceKinds, "draft.": v.StatementKinds} {
		for _, w := range list {
			want[prefix] = append(want[prefix], w.ID)
		}
	}
	for prefix, names := range want {
		for _, name := range names {
			if _, ok := words[prefix+name]; !ok {
				t.Errorf("there is no phrase %s%s", prefix, name)
			}
		}
	}
	for _, p := range lib.Playbooks() {
		for kind, s := range p.Statements {
			for _, name := range s.Placeholders() {
				if fills[name] == "" {
					t.Errorf("playbook %s: %s: the placeholder %s has no Chinese name", p.ID, kind, name)
				}
			}
		}
	}
}

// TestTellers wants every kind of event in words.
func TestTellers(t *testing.T) {
	for _, k := range []crisis.EventKind{
		crisis.EventDetected, crisis.EventSignal, crisis.EventLevel, crisis.EventProposed, crisis.EventPlanned, crisis.EventAcknowledged, crisis.EventStepDone,
		crisis.EventStepReopened, crisis.EventStepOverdue, crisis.EventNote, crisis.EventHappened, crisis.EventAlertSent,
		crisis.EventAlertRefused, crisis.EventAlertResent, crisis.EventBlind, crisis.EventQuiet, crisis.EventClosed, crisis.EventReopened, crisis.EventVerdict,
		crisis.EventNoticed, crisis.EventReminded, crisis.EventPaused, crisis.EventResumed, crisis.EventEscalated, crisis.EventLapsed, crisis.EventHandedOver, crisis.EventRecused, crisis.EventRestricted, crisis.EventAssigned,
	} {
		if tellers[k] == nil {
			t.Errorf("the timeline cannot tell %s", k)
		}
	}
}
