package playbooks

import (
	"slices"
	"time"

	"watchfire/crisis"
)

// Word is an entry of the vocabulary: a stable id and what people call it.
type Word struct {
	ID   string `yaml:"id" json:"id"`
	Text `yaml:",inline"`
}

// Role is who does a step. SmallOffice says which of the seats of a three-person
// office takes it: A, B, C, or external for somebody outside the office.
type Role struct {
	Word        `yaml:",inline"`
	SmallOffice string `yaml:"small_office" json:"small_office"`
}

// LevelWord is a level with its name and colour.
type LevelWord struct {
	ID    crisis.Level `yaml:"id" json:"id"`
	Text  `yaml:",inline"`
	Color string `yaml:"color" json:"color"`
}

// SignalWord is a kind of signal. The id is the detector's name; Aliases are other
// names under which plans may ask for it.
type SignalWord struct {
	Word    `yaml:",inline"`
	Aliases []string `yaml:"aliases" json:"aliases,omitempty"`
}

// LevelRules are the conditions of which one is enough to propose a level.
type LevelRules struct {
	Any []LevelRule `yaml:"any" json:"any"`
}

// LevelRule is one condition: a number the machine measures, or a flag. Flags that
// no detector raises are for the person who grades.
type LevelRule struct {
	Metric   string        `yaml:"metric" json:"metric,omitempty"`
	Window   time.Duration `yaml:"window" json:"window,omitempty"`
	GTE      float64       `yaml:"gte" json:"gte,omitempty"`
	MinItems int           `yaml:"with_min_items" json:"with_min_items,omitempty"`
	Flag     string        `yaml:"flag" json:"flag,omitempty"`
	Text     `yaml:",inline"`
}

// Vocabulary are the words all playbooks share (词汇表).
type Vocabulary struct {
	Schema         string                `yaml:"schema"`
	Phases         []Word                `yaml:"phases"` // in the order of work
	Seats          []Word                `yaml:"seats"`  // of a three-person office
	Roles          []Role                `yaml:"roles"`
	Levels         []LevelWord           `yaml:"levels"` // gravest first
	Rules          map[string]LevelRules `yaml:"default_level_rules"`
	Signals        []SignalWord          `yaml:"signals"`
	Anchors        []Word                `yaml:"anchors"`
	Until          []Word                `yaml:"until"` // what ends a step that repeats
	EvidenceKinds  []Word                `yaml:"evidence_kinds"`
	StatementKinds []Word                `yaml:"statement_kinds"`

	Dimensions      []Dimension    `yaml:"dimensions"`       // of the sheet by which people grade
	DimensionLevels map[string]int `yaml:"dimension_levels"` // from which sum each level begins
}

// Role finds a role by its id.
func (v *Vocabulary) Role(id string) (Role, bool) {
	if i := slices.IndexFunc(v.Roles, func(r Role) bool { return r.ID == id }); i >= 0 {
		return v.Roles[i], true
	}
	return Role{}, false
}

// RoleName returns what people call a role; an unknown role is called by its id.
func (v *Vocabulary) RoleName(id string) Text {
	if r, ok := v.Role(id); ok {
		return r.Text
	}
	return Text{ZH: id, EN: id}
}

// PhaseName returns what people call a phase; an unknown phase is called by its id.
func (v *Vocabulary) PhaseName(id string) Text { return wordIn(v.Phases, id) }

// EvidenceName returns what people call a kind of evidence.
func (v *Vocabulary) EvidenceName(kind string) Text { return wordIn(v.EvidenceKinds, kind) }

// StatementName returns what people call a kind of statement.
func (v *Vocabulary) StatementName(kind string) Text { return wordIn(v.StatementKinds, kind) }

// UntilName returns what ends a step that repeats, in words.
func (v *Vocabulary) UntilName(id string) Text { return wordIn(v.Until, id) }

// AnchorName returns from when a clock runs, in words.
func (v *Vocabulary) AnchorName(a crisis.Anchor) Text { return wordIn(v.Anchors, string(a)) }

// LevelName returns the name of a level such as 重大, Major.
func (v *Vocabulary) LevelName(l crisis.Level) Text {
	if i := slices.IndexFunc(v.Levels, func(w LevelWord) bool { return w.ID == l }); i >= 0 {
		return v.Levels[i].Text
	}
	return Text{ZH: l.String(), EN: l.String()}
}

// SignalName returns what people call the signals of a detector.
func (v *Vocabulary) SignalName(detector string) Text {
	if s, ok := v.signal(detector); ok {
		return s.Text
	}
	return Text{ZH: detector, EN: detector}
}

// signal finds a kind of signal by its id or by another name of it.
func (v *Vocabulary) signal(name string) (SignalWord, bool) {
	i := slices.IndexFunc(v.Signals, func(s SignalWord) bool { return s.ID == name })
	if i < 0 {
		i = slices.IndexFunc(v.Signals, func(s SignalWord) bool { return slices.Contains(s.Aliases, name) })
	}
	if i < 0 {
		return SignalWord{}, false
	}
	return v.Signals[i], true
}

func wordIn(words []Word, id string) Text {
	if i := slices.IndexFunc(words, func(w Word) bool { return w.ID == id }); i >= 0 {
		return words[i].Text
	}
	return Text{ZH: id, EN: id}
}

func ids(words []Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.ID
	}
	return out
}
