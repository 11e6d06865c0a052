package playbooks

import (
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Machine are the criteria the daemon checks. A file may also write them as a list
// of sentences; the machine then checks its usual criteria, and the sentences are
// put to people, because words that nothing checks must not look checked.
type Machine struct {
	QuietFor   time.Duration
	QuietRatio float64
	MoodWithin float64
	NoPromise  bool
	Sentences  []string
}

// usualMachine are the criteria of a plan that states none of its own.
var usualMachine = Machine{QuietFor: 24 * time.Hour, QuietRatio: 1.5, MoodWithin: 0.10, NoPromise: true}

// machineKeys is how the criteria are written as keys.
type machineKeys struct {
	QuietFor      time.Duration `yaml:"quiet_for"`
	QuietRatio    float64       `yaml:"quiet_ratio"`
	MoodWithin    float64       `yaml:"mood_within"`
	NoOpenPromise bool          `yaml:"no_open_promise"`
}

// fillMachine reads either form. Keys that are left out keep the usual criteria.
func (s *source) fillMachine(n ast.Node, v reflect.Value, key string) {
	m := usualMachine
	if _, ok := n.(*ast.SequenceNode); ok {
		s.fillList(n, reflect.ValueOf(&m.Sentences).Elem(), key)
	} else {
		k := machineKeys{m.QuietFor, m.QuietRatio, m.MoodWithin, m.NoPromise}
		s.fillStruct(n, reflect.ValueOf(&k).Elem(), key)
		m = Machine{QuietFor: k.QuietFor, QuietRatio: k.QuietRatio, MoodWithin: k.MoodWithin, NoPromise: k.NoOpenPromise}
	}
	v.Set(reflect.ValueOf(m))
}
