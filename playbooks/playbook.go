package playbooks

import (
	"fmt"
	"regexp"
	"time"

	"watchfire/crisis"
)

// Generic is the id of the playbook that serves when no other fits.
const Generic = "generic"

// Schemas are the values a playbook file may state under schema.
var Schemas = []string{"playbook/1", "playbook/draft-1"}

// Playbook is an emergency plan (预案) as written in its file. The keys of the
// YAML file are the yaml tags; every key but those marked optional is required.
type Playbook struct {
	Schema     string               `yaml:"schema"`
	ID         string               `yaml:"id"`
	Version    string               `yaml:"version"`
	Reviewed   Date                 `yaml:"reviewed"` // optional: day on which people last looked it through
	Title      Text                 `yaml:"title"`
	Purpose    string               `yaml:"purpose"`
	Basis      []string             `yaml:"basis"` // each ends in [law-text], [excerpt], [memory] or [ours]
	Applies    Applies              `yaml:"applies_when"`
	Levels     map[string][]string  `yaml:"levels"` // what a person grades by, for each of I to IV
	LevelFloor []Floor              `yaml:"level_floor"`
	Roles      Cast                 `yaml:"roles"`
	Deadlines  []string             `yaml:"deadlines"` // ids of legal deadlines that bear on the plan
	Steps      []Step               `yaml:"steps"`
	Statements map[string]Statement `yaml:"statements"` // by statement kind
	Escalation []Escalation         `yaml:"escalation"`
	Closing    Closing              `yaml:"closing"`
	Questions  []string             `yaml:"aar_questions"` // asked in the review

	file string // where it was read, for messages
}

// Date is a day, written as 2026-05-01; the zero value is none.
type Date struct{ time.Time }

// UnmarshalText reads a day.
func (d *Date) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a day: write year, month and day such as 2026-05-01", b)
	}
	d.Time = t
	return nil
}

// Applies says when a playbook fits.
type Applies struct {
	Topics   []string     `yaml:"topics"` // topic ids and tags; "*" is any
	Signals  SignalRule   `yaml:"signals"`
	Keywords KeywordRule  `yaml:"keywords"`
	MinLevel crisis.Level `yaml:"min_level"`
	Priority int          `yaml:"priority"`
	Combine  []string     `yaml:"combine_with"` // optional: playbooks that may open beside it; "*" is any
}

// SignalRule says which signals a playbook answers.
type SignalRule struct {
	Any []string `yaml:"any"` // one of these must have fired; empty is any
	// Alone holds signals that are enough by themselves, without a matching topic
	// or word (optional).
	Alone []string `yaml:"alone"`
}

// KeywordRule says which words make a playbook fit, and which rule a text out. The
// parts of a word written with + must all occur in the same text: 自来水+味.
type KeywordRule struct {
	Any  []string `yaml:"any"`
	None []string `yaml:"none"`
}

// Floor is a level below which an incident of some nature is never graded.
type Floor struct {
	When string       `yaml:"when"`
	Min  crisis.Level `yaml:"min"`
}

// Cast names who leads, who decides, who owns the matter and who speaks. Lead and
// Decision are role ids; Owner and Voice are role ids or words.
type Cast struct {
	Lead     string `yaml:"lead"`
	Decision string `yaml:"decision"`
	Owner    string `yaml:"owner"`
	Voice    string `yaml:"voice"` // optional
}

// Step is one tickable instruction as written in the file.
type Step struct {
	ID          string         `yaml:"id"`
	Phase       string         `yaml:"phase"`
	Title       Text           `yaml:"title"`
	Text        string         `yaml:"text"` // at most 140 characters
	Role        string         `yaml:"role"`
	DueAfter    Durations      `yaml:"due_after"`
	DueFrom     crisis.Anchor  `yaml:"due_from"`     // optional: detected
	Levels      []crisis.Level `yaml:"levels"`       // optional: all
	RepeatEvery Durations      `yaml:"repeat_every"` // optional, with repeat_until
	RepeatUntil string         `yaml:"repeat_until"`
	Evidence    Evidence       `yaml:"evidence"`
	Template    string         `yaml:"template"` // optional: a key of statements
	Limit       []string       `yaml:"limit"`    // optional: ids of legal deadlines, the step's red lines
}

// Evidence is what must be recorded to tick a step.
type Evidence struct {
	Kind string `yaml:"kind"`
	Ask  string `yaml:"ask"`
}

// Statement is the template of a public or internal text (声明模板).
type Statement struct {
	ZH       string   `yaml:"zh"`
	MustHave []string `yaml:"must_have"` // placeholders that may not be empty at publication
}

var placeholder = regexp.MustCompile(`\{\{(\w+)\}\}`)

// Placeholders returns the names in {{ }} of the text, in order, each once.
func (s *Statement) Placeholders() []string {
	var out []string
	seen := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s.ZH, -1) {
		if !seen[m[1]] {
			seen[m[1]] = true
			out = append(out, m[1])
		}
	}
	return out
}

// Escalation says whom to tell when something stalls or worsens.
type Escalation struct {
	When        string    `yaml:"when"`
	To          []string  `yaml:"to"`           // role ids
	By          []string  `yaml:"by"`           // optional: phone, sms
	Within      Durations `yaml:"within"`       // optional
	RepeatEvery Durations `yaml:"repeat_every"` // optional
	Action      string    `yaml:"action"`       // optional
}

// Closing says when an incident may be closed.
type Closing struct {
	Machine Machine  `yaml:"machine"`
	Human   []string `yaml:"human"`
}
