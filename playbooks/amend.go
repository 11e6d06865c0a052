package playbooks

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
)

// Change is one change to the text of a plan.
type Change struct {
	Op    ChangeOp `json:"op"`
	Step  string   `json:"step,omitempty"`  // id of the step; empty with Set: the plan itself
	Key   string   `json:"key,omitempty"`   // with Set: a key of the step such as due_after, or of the plan such as version
	Value string   `json:"value,omitempty"` // with Set: a text as it is, anything else as YAML such as {I: 30m, II: 1h, III: 2h, IV: 4h}; "" removes the key
	After string   `json:"after,omitempty"` // with Insert and Move: id of the step before it; empty is the beginning
	New   *Step    `json:"new,omitempty"`   // with Insert
}

// ChangeOp says what a change does.
type ChangeOp string

// The changes. Bump raises the version as NextVersion does.
const (
	Set    ChangeOp = "set"
	Insert ChangeOp = "insert"
	Drop   ChangeOp = "drop"
	Move   ChangeOp = "move"
	Bump   ChangeOp = "bump"
)

// Amend applies changes to the YAML text of a plan, one after the other, and keeps the
// rest as it is written: order, comments, spacing. A step in braces is written out if
// something in it changes. The result passes Parse against the folders (without any,
// the shipped library), and says what the changes say and nothing else; otherwise there
// is an error and no result.
func Amend(source []byte, changes []Change, dirs ...fs.FS) ([]byte, error) {
	const name = "the amended plan"
	before, s := readDraft(name, source)
	if len(s.problems) > 0 {
		return nil, fmt.Errorf("amend a plan: %w", s.problems)
	}
	t := &planText{lines: strings.Split(string(source), "\n")}
	want := *before
	for i, c := range changes {
		err := c.apply(&want)
		if err == nil {
			err = t.apply(c, &want)
		}
		if err != nil {
			return nil, fmt.Errorf("amend plan %s: change %d (%s %s %s): %w", before.ID, i+1, c.Op, c.Step, c.Key, err)
		}
	}
	out := []byte(strings.Join(t.lines, "\n"))
	after, err := Parse(name, out, dirs...)
	if err != nil {
		return nil, fmt.Errorf("amend plan %s: %w", before.ID, err)
	}
	want.file = after.file
	if !reflect.DeepEqual(*after, want) {
		return nil, fmt.Errorf("amend plan %s: its text is written in a way that cannot be changed piece by piece; edit it by hand", before.ID)
	}
	return out, nil
}

// readDraft reads a plan without judging it.
func readDraft(name string, data []byte) (*Playbook, *source) {
	p := &Playbook{file: name}
	return p, decode(name, data, p)
}

func (p *Playbook) place(id string) (int, error) {
	if i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id }); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("there is no step %q", id)
}

// apply makes the change to what the plan says.
func (c *Change) apply(p *Playbook) error {
	if c.Op == Bump {
		p.Version = NextVersion(p.Version)
		return nil
	}
	if c.Op == Set && c.Step == "" {
		return setKey(p, c.Key, c.Value)
	}
	p.Steps = slices.Clone(p.Steps)
	if c.Op == Insert {
		if c.New == nil {
			return fmt.Errorf("the new step is missing")
		}
		return p.insert(*c.New, c.After)
	}
	i, err := p.place(c.Step)
	if err != nil {
		return err
	}
	s := p.Steps[i]
	switch c.Op {
	case Set:
		return setKey(&p.Steps[i], c.Key, c.Value)
	case Drop, Move:
		p.Steps = slices.Delete(p.Steps, i, i+1)
		if c.Op == Move {
			return p.insert(s, c.After)
		}
		return nil
	}
	return fmt.Errorf("%q is not a change: write set, insert, drop, move or bump", c.Op)
}

func (p *Playbook) insert(s Step, after string) error {
	at := 0
	if after != "" {
		i, err := p.place(after)
		if err != nil {
			return err
		}
		at = i + 1
	}
	p.Steps = slices.Insert(p.Steps, at, s)
	return nil
}

// setKey puts a value under a key of a step or a plan.
func setKey(target any, key, value string) error {
	v := reflect.ValueOf(target).Elem()
	index, ok := fieldsOf(v.Type())[key]
	if !ok {
		return fmt.Errorf("%q is not a key; the keys are %s", key, known(fieldsOf(v.Type()).names()))
	}
	field := v.FieldByIndex(index)
	field.SetZero()
	if value == "" {
		return nil
	}
	if field.Kind() == reflect.String {
		field.SetString(value)
		return nil
	}
	s := decode("the value", []byte(key+": "+value), target)
	if len(s.problems) > 0 {
		return s.problems
	}
	return nil
}
