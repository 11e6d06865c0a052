package playbooks

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"watchfire/crisis"
)

// TestLibraryInvariants counts the rules of the field over again, without the code
// of the loader.
func TestLibraryInvariants(t *testing.T) {
	l := shippedLibrary(t)
	words := l.Vocabulary()
	order := map[string]int{}
	for i, p := range words.Phases {
		order[p.ID] = i
	}
	steps, statements := map[string]bool{}, 0
	for _, p := range l.Playbooks() {
		last, named := 0, map[string]bool{}
		for _, s := range p.Steps {
			if steps[s.ID] {
				t.Errorf("%s: step %s is in another plan or twice", p.ID, s.ID)
			}
			steps[s.ID] = true
			if order[s.Phase] < last {
				t.Errorf("%s: %s (%s) stands too late", p.ID, s.ID, s.Phase)
			}
			last = order[s.Phase]
			if n := utf8.RuneCountInString(s.Text); n > 140 {
				t.Errorf("%s: %s has %d characters", p.ID, s.ID, n)
			}
			if han.MatchString(s.Title.EN) || !han.MatchString(s.Title.ZH) {
				t.Errorf("%s: titles of %s: %+v", p.ID, s.ID, s.Title)
			}
			if s.Template != "" {
				named[s.Template] = true
				if _, ok := p.Statements[s.Template]; !ok {
					t.Errorf("%s: %s names the missing template %s", p.ID, s.ID, s.Template)
				}
			}
			for _, id := range s.Limit {
				d, _ := l.Deadline(id)
				for _, level := range []crisis.Level{crisis.LevelI, crisis.LevelII, crisis.LevelIII, crisis.LevelIV} {
					if due, ok := s.DueAfter.At(level); ok && s.at(level) && d.at(level) && due.Outlasts(d.span()) {
						t.Errorf("%s: %s at %s: %s after the red line %s", p.ID, s.ID, level, due, id)
					}
				}
			}
		}
		for kind, s := range p.Statements {
			statements++
			for _, m := range s.MustHave {
				if !strings.Contains(s.ZH, "{{"+m+"}}") {
					t.Errorf("%s: %s lacks {{%s}}", p.ID, kind, m)
				}
			}
		}
		for _, kind := range []string{"first_statement", "final"} {
			if !named[kind] && p.ID != "rumor" { // what answers a rumour is its refutation
				t.Errorf("%s: no step uses %s", p.ID, kind)
			}
		}
		phases := map[string]bool{}
		for _, s := range p.Steps {
			phases[s.Phase] = true
		}
		for _, phase := range []string{"verify", "assess", "report", "respond", "sustain", "recover", "review"} {
			if !phases[phase] && p.ID != "rumor" { // a rumour has nothing to make good
				t.Errorf("%s: no step in %s", p.ID, phase)
			}
		}
	}
	if len(l.Playbooks()) != 12 || len(steps) < 200 || statements < 70 {
		t.Errorf("%d plans, %d steps, %d statements", len(l.Playbooks()), len(steps), statements)
	}
}

// forbidden are acts that no plan of ours asks for, whatever the pressure.
var forbidden = regexp.MustCompile(`删帖|控评|水军|网评员|引导评论|刷好评|查找发帖人|约谈网民|溯源到人`)

// A plan may name such an act to forbid it, not to ask for it.
func TestPlansAskForNothingUnlawful(t *testing.T) {
	not := regexp.MustCompile(`不|别|默认|没有|零`)
	for _, p := range shippedLibrary(t).Playbooks() {
		for _, s := range p.Steps {
			for sentence := range strings.FieldsFuncSeq(s.Text, func(r rune) bool { return strings.ContainsRune("。；", r) }) {
				if m := forbidden.FindString(sentence); m != "" && !not.MatchString(sentence) {
					t.Errorf("%s: %q asks for %s", s.ID, sentence, m)
				}
			}
		}
	}
}

// breaks are ways to spoil a plan, and what must then be said of it.
var breaks = []struct {
	name, find, replace, want string
}{
	{"a phase out of order", `(?s)phase: verify(.*?)phase: assess`, "phase: review${1}phase: assess", "comes after a step of review"},
	{"an unknown phase", `phase: respond`, "phase: answer", `"answer" is not a phase`},
	{"an unknown role", `role: publisher`, "role: publicist", `"publicist" is not a role`},
	{"an unknown signal or none", `signals: \{any: \[`, "signals: {any: [nothing, ", `"nothing" is not a signal`},
	{"an unknown deadline", `deadlines: \[`, "deadlines: [cn-0, ", `"cn-0" is not a legal deadline`},
	{"an unknown playbook beside it", `combine_with: \[`, "combine_with: [nowhere, ", `"nowhere" is not a playbook`},
	{"a target behind its red line", `(?s)due_after: [^\n]*\n(    text: [^\n]*\n    evidence: [^\n]*\n(?:    template: [^\n]*\n)?    limit: \[cn-80)`, "due_after: 2000h\n$1", "lies behind the red line"},
	{"a graver level slower", `due_after: \{I: [0-9hm]+`, "due_after: {I: 900h", "but the graver level"},
	{"a level without target", `due_after: \{I: [0-9hm]+, `, "due_after: {", "has no target, but the step belongs to it"},
	{"a step twice", `(?s)id: (\w+)-02`, "id: $1-01", "occurs twice"},
	{"a step too long", `    text: `, "    text: " + strings.Repeat("说", 140), "more than 140"},
	{"a missing template", `template: final`, "template: finale", `"finale" is not a statement`},
	{"a missing statement", `(?s)  refutation:\n    zh: \|\n.*?    must_have: [^\n]*\n`, "", "the statement is missing"},
	{"an unknown statement", `  refutation:\n`, "  denial:\n", `"denial" is not a kind of statement`},
	{"must_have not in the text", `must_have: \[`, "must_have: [nobody_knows, ", `"nobody_knows" is not in the text`},
	{"a first statement too long", `(?s)(  first_statement:\n    zh: \|\n)`, "$1      " + strings.Repeat("我们正在核实", 45) + "\n", "more than 240"},
	{"a placeholder not closed", `\{\{org\}\}`, "{{org}", "is not closed"},
	{"an unknown level", `(?m)^  IV: \[`, "  V: [", `"V" is not a level`},
	{"evidence nobody knows", `evidence: \{kind: note`, "evidence: {kind: memo", `"memo" is not a kind of evidence`},
	{"a repetition without end", `    repeat_until: [^\n]*\n`, "", "one without the other"},
	{"an end nobody knows", `repeat_until: \w+`, "repeat_until: doomsday", `"doomsday" is not an end`},
	{"an anchor nobody knows", `due_from: closed`, "due_from: opened", `"opened" is not a start of a clock`},
	{"an escalation to nobody", `to: \[`, "to: [nobody, ", `"nobody" is not a role`},
	{"a basis without check", ` \[ours\]`, "", "does not say how it was checked"},
	{"a duration in words", `due_after: \d+m`, "due_after: soon", "is not a duration"},
	{"a key nobody knows", `    role: `, "    rolle: ", `unknown key "rolle"`},
	{"no closing", `(?s)closing:.*?\n\n`, "\n", "the key is missing"},
}

// TestBrokenInvariants spoils every shipped plan in every way.
func TestBrokenInvariants(t *testing.T) {
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) != 12 {
		t.Fatalf("%d plans, %v", len(files), err)
	}
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			pattern, tried := regexp.MustCompile(b.find), 0
			for _, file := range files {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				at := pattern.FindSubmatchIndex(data)
				if at == nil {
					continue
				}
				tried++
				spoiled := append([]byte{}, data[:at[0]]...)
				spoiled = pattern.Expand(spoiled, []byte(b.replace), data, at)
				spoiled = append(spoiled, data[at[1]:]...)
				if err := reported(filepath.Base(file), spoiled, b.want); err != nil {
					t.Error(err)
				}
			}
			if tried < 3 {
				t.Errorf("only %d plans could be spoiled", tried)
			}
		})
	}
}

// reported wants a problem of the file that says want, at a line and with a way to
// mend it.
func reported(name string, data []byte, want string) error {
	problems := Lint(fstest.MapFS{name: {Data: data}})
	for _, p := range problems {
		if p.File == name && strings.Contains(p.What, want) {
			if p.Line < 1 || p.Fix == "" && !strings.Contains(p.What, "write ") {
				return fmt.Errorf("%s: no line or no fix: %+v", name, p)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: want %q, got %d problems:\n%w", name, want, len(problems), Problems(problems))
}
