package playbooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func TestAmend(t *testing.T) {
	fresh := &Step{
		ID: "own-02b", Phase: "verify", Title: Text{"问第二个来源", "Ask a second source: again, please"}, Role: "duty_officer",
		DueAfter: Durations{crisis.LevelNone: {Time: 25 * time.Minute}}, Text: "再问一家: 到了现场的#单位，记下“几点、谁说的”。", Evidence: Evidence{"note", "谁、几点"},
	}
	const commented = "  - id: own-03\n"
	source := string(ownPlan(t, commented, "  # 核实五件事\n"+commented, "    due_after: 20m", "    due_after: 20m # 夜里也是")["own.yaml"].Data)
	tests := []struct {
		name    string
		changes []Change
		want    []string // lines that went (-) and came (+), in order
	}{
		{"nothing", nil, nil},
		{"a target, its comment stays", []Change{{Op: Set, Step: "own-02", Key: "due_after", Value: "15m"}}, []string{"-    due_after: 20m # 夜里也是", "+    due_after: 15m # 夜里也是"}},
		{"a target by level", []Change{{Op: Set, Step: "own-01", Key: "due_after", Value: "{I: 5m, II: 5m, III: 10m, IV: 10m}"}}, []string{"-    due_after: 10m", "+    due_after: {I: 5m, II: 5m, III: 10m, IV: 10m}"}},
		{"a text that needs quotation marks", []Change{{Op: Set, Step: "own-01", Key: "text", Value: "先问: 有没有人求助"}}, []string{"-    text: 签收警报", `+    text: "先问: 有没有人求助"`}},
		{"a key more", []Change{{Op: Set, Step: "own-01", Key: "levels", Value: "[I, II]"}}, []string{"+    levels: [I, II]"}},
		{"a key less", []Change{{Op: Set, Step: "own-06", Key: "template"}}, []string{"-    template: internal_flash"}},
		{"a version", []Change{{Op: Bump}, {Op: Set, Key: "reviewed", Value: "2026-11-26"}}, []string{"-version: 1.0.0", "+version: 1.1.0", "+reviewed: 2026-11-26"}},
		{"a step less, with its comment", []Change{{Op: Drop, Step: "own-03"}}, []string{
			"-  # 核实五件事", "-  - id: own-03", "-    phase: verify", "-    title:", "-    role:", "-    due_after:", "-    text:", "-    evidence:",
		}},
		{"a step more", []Change{{Op: Insert, After: "own-02", New: fresh}}, []string{
			"+  - id: own-02b", "+    phase: verify", `+    title: {zh: 问第二个来源, en: "Ask a second source: again, please"}`, "+    role: duty_officer", "+    due_after: 25m",
			`+    text: "再问一家: 到了现场的#单位，记下“几点、谁说的”。"`, "+    evidence: {kind: note, ask: 谁、几点}",
		}},
		{"a step moved and back", []Change{{Op: Move, Step: "own-03"}, {Op: Move, Step: "own-03", After: "own-02"}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := Amend([]byte(source), tt.changes)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range compare(strings.Split(source, "\n"), strings.Split(string(out), "\n")) {
				for _, l := range e.items {
					if e.sign != ' ' {
						got = append(got, string(e.sign)+l)
					}
				}
			}
			if len(got) != len(tt.want) {
				t.Fatalf("changed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("changed %s, want %s", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestAmendRefuses(t *testing.T) {
	source := ownPlan(t)["own.yaml"].Data
	for want, c := range map[string]Change{
		"there is no step":                {Op: Drop, Step: "gone"},
		"is not a key":                    {Op: Set, Step: "own-01", Key: "due", Value: "1h"},
		"is not a duration":               {Op: Set, Step: "own-01", Key: "due_after", Value: "soon"},
		"is not a role":                   {Op: Set, Step: "own-01", Key: "role", Value: "nobody"},
		"lies behind the red line":        {Op: Set, Step: "own-11", Key: "due_after", Value: "9h"},
		"comes after a step of":           {Op: Move, Step: "own-01", After: "own-17"},
		"the new step is missing":         {Op: Insert},
		"is not a change":                 {Op: "delete", Step: "own-01"},
		"occurs twice":                    {Op: Insert, New: &parsed(t).Steps[0]},
		"cannot be removed":               {Op: Set, Step: "own-01", Key: "id"},
		"cannot be read|a second|nests|[": {Op: Set, Step: "own-01", Key: "due_after", Value: "[["},
	} {
		out, err := Amend(source, []Change{c})
		if err == nil || out != nil {
			t.Errorf("%+v is accepted", c)
		} else if first, _, _ := strings.Cut(want, "|"); !strings.Contains(err.Error(), first) && !strings.Contains(want, "|") {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}

// Every step of every shipped plan can be changed, moved away and dropped.
func TestAmendShipped(t *testing.T) {
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(file, data)
		if err != nil {
			t.Fatal(err)
		}
		changes := []Change{{Op: Bump}}
		for i, s := range p.Steps {
			changes = append(changes, Change{Op: Set, Step: s.ID, Key: "text", Value: "改：" + s.ID})
			if i > 0 && p.Steps[i-1].Phase == s.Phase {
				changes = append(changes, Change{Op: Move, Step: p.Steps[i-1].ID, After: s.ID}, Change{Op: Move, Step: s.ID, After: p.Steps[i-1].ID})
			}
		}
		changes = append(changes, Change{Op: Drop, Step: p.Steps[0].ID})
		out, err := Amend(data, changes)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if strings.Count(string(out), "\n    text: 改：") != len(p.Steps)-1 && strings.Count(string(out), "\n    text: ") != len(p.Steps)-1 {
			t.Errorf("%s: not every text was changed", file)
		}
	}
}
