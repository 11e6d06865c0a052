package playbooks

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchfire/crisis"
)

var update = flag.Bool("update", false, "write the golden files")

// The snapshots are what an incident carries for years: a change of one is seen.
func TestPlanSnapshots(t *testing.T) {
	l := shippedLibrary(t)
	for _, p := range l.Playbooks() {
		t.Run(p.ID, func(t *testing.T) {
			plan := l.Plan(Match{Playbook: p, Side: p.ID == "rumor", Why: []Text{{ZH: "测试", EN: "a test"}}})
			got, err := json.MarshalIndent(plan, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", "plans", p.ID+".json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the snapshot changed (-want +got); go test -update writes it:\n%s", diff)
			}
			var back crisis.Plan
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plan, back); diff != "" {
				t.Errorf("the plan does not survive its event:\n%s", diff)
			}
		})
	}
}

// Every step of every plan has a target at every level it belongs to, graded or
// not, and never a later one at a graver level.
func TestGraverIsNeverLater(t *testing.T) {
	l := shippedLibrary(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := rapid.SampledFrom(l.Playbooks()).Draw(rt, "playbook")
		plan := l.Plan(Match{Playbook: p})
		s := rapid.SampledFrom(plan.Steps).Draw(rt, "step")
		all := []crisis.Level{crisis.LevelI, crisis.LevelII, crisis.LevelIII, crisis.LevelIV, crisis.LevelNone}
		i := rapid.IntRange(0, len(all)-1).Draw(rt, "graver")
		j := rapid.IntRange(i, len(all)-1).Draw(rt, "lesser")
		for name, by := range map[string]crisis.ByLevel{"due": s.Due, "repeat": s.RepeatEvery} {
			a, okA := by.At(all[i])
			b, okB := by.At(all[j])
			if s.Applies(all[i]) && !okA && name == "due" {
				rt.Fatalf("%s: no target at level %q", s.ID, all[i])
			}
			if okA && okB && a != b && a.Outlasts(b) {
				rt.Fatalf("%s: %s at %q is %s, at %q %s", s.ID, name, all[i], a, all[j], b)
			}
		}
	})
}

// The clocks of an incident that carries a shipped plan stay inside the red lines
// at every level.
func TestTargetsInsideRedLines(t *testing.T) {
	l := shippedLibrary(t)
	opened := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, p := range l.Playbooks() {
		for _, level := range levels {
			events := []crisis.Event{
				crisis.NewEvent(crisis.EventDetected, opened, crisis.Machine, crisis.Detected{Topic: "t"}),
				crisis.NewEvent(crisis.EventLevel, opened, crisis.Machine, crisis.LevelChange{Opinion: level}),
				crisis.NewEvent(crisis.EventPlanned, opened, crisis.Machine, l.Plan(Match{Playbook: p})),
			}
			in, err := crisis.Fold(events)
			if err != nil {
				t.Fatal(err)
			}
			target, red := map[string]time.Time{}, 0
			for _, c := range in.Clocks() {
				if c.RedLine == "" {
					target[c.Step] = c.Due
				}
			}
			for _, c := range in.Clocks() {
				if c.RedLine == "" {
					continue
				}
				red++
				if c.Source == "" || c.Title == "" {
					t.Errorf("%s at %s: red line without source: %+v", c.Step, level, c)
				}
				if due, ok := target[c.Step]; ok && due.After(c.Due) {
					t.Errorf("%s at %s: target %s after red line %s", c.Step, level, due, c.Due)
				}
			}
			if red == 0 {
				t.Errorf("%s at %s shows no red line", p.ID, level)
			}
		}
	}
}

func TestUngradedIncidentHasTargets(t *testing.T) {
	l := shippedLibrary(t)
	p, _ := l.Playbook("service-outage")
	for _, s := range l.Plan(Match{Playbook: p}).Steps {
		if s.ID != "out-11" {
			continue
		}
		for level, want := range map[crisis.Level]time.Duration{
			crisis.LevelI: 45 * time.Minute, crisis.LevelIII: 90 * time.Minute, crisis.LevelNone: 3 * time.Hour,
		} {
			if got, ok := s.Due.At(level); !ok || got.Time != want {
				t.Errorf("out-11 at %q is due after %s, want %s", level, got, want)
			}
		}
		if len(s.RedLines) != 2 || s.RedLines[0].Limit != 5*time.Hour || !strings.Contains(s.RedLines[0].Source, "80号") {
			t.Errorf("red lines %+v", s.RedLines)
		}
		return
	}
	t.Error("step out-11 is not in the plan")
}

// What the shipped texts may not say, whatever is filled in: the reply rules of
// the field in short.
func TestShippedTemplates(t *testing.T) {
	fill := map[string]string{
		"next_update_time": "8月6日18时", "issue_time": "8月5日20时10分", "contact": "0000-0000000", "org": "云川市人民政府新闻办公室",
		"actions_taken": "已派工作组到现场核查", "responders": "消防救援力量",
	}
	nextUpdate := regexp.MustCompile(`(将于|下次更新).{0,24}\d{1,2}[月时日].{0,24}`)
	contact := regexp.MustCompile(`(电话|热线|专线|联系|反映|咨询|举报).{0,20}`)
	bad := regexp.MustCompile(`绝对|百分之百|情绪稳定|不明真相|别有用心|带节奏|临时工|有关部门|相关部门|高度重视|可能是|据说|广大网友`)
	for _, p := range shippedLibrary(t).Playbooks() {
		for kind, s := range p.Statements {
			text := placeholder.ReplaceAllStringFunc(s.ZH, func(m string) string {
				if v, ok := fill[strings.Trim(m, "{}")]; ok {
					return v
				}
				return "（内容）"
			})
			if m := bad.FindString(text); m != "" {
				t.Errorf("%s %s says %q", p.ID, kind, m)
			}
			if slices.Contains([]string{"first_statement", "update", "safety_notice"}, kind) && !nextUpdate.MatchString(text) {
				t.Errorf("%s %s promises no next time:\n%s", p.ID, kind, text)
			}
			if slices.Contains([]string{"first_statement", "refutation", "final", "direct_notice", "correction"}, kind) && !contact.MatchString(text) {
				t.Errorf("%s %s names no contact", p.ID, kind)
			}
			unsigned := []string{"internal_flash", "lines_to_take", "safety_notice", "comment_reply"} // under a comment the platform shows who and when
			if !slices.Contains(unsigned, kind) {
				for _, m := range []string{"org", "issue_time"} {
					if !slices.Contains(s.MustHave, m) {
						t.Errorf("%s %s may go out without %s", p.ID, kind, m)
					}
				}
			}
		}
	}
}
