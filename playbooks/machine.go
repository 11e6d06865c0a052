package playbooks

import (
	"errors"
	"reflect"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// machineKeys is how the criteria of the machine are written as keys.
type machineKeys struct {
	QuietFor      time.Duration `yaml:"quiet_for"`
	QuietRatio    float64       `yaml:"quiet_ratio"`
	MoodWithin    float64       `yaml:"mood_within"`
	NoOpenPromise bool          `yaml:"no_open_promise"`
}

var sentencesType = reflect.TypeFor[[]string]()

// shapeMachine checks closing.machine, which is keys or a list of sentences.
func (s *source) shapeMachine(n ast.Node, key string) {
	if _, ok := n.(*ast.SequenceNode); ok {
		s.shapeList(n, sentencesType, key)
		return
	}
	s.shapeStruct(n, reflect.TypeFor[machineKeys](), key)
}

// UnmarshalYAML reads either form. Keys that are left out keep the usual criteria.
func (m *Machine) UnmarshalYAML(n ast.Node) error {
	if _, ok := n.(*ast.SequenceNode); ok {
		*m = usualMachine
		return yaml.NodeToValue(n, &m.Sentences, yaml.Strict())
	}
	if _, ok := pairsOf(n); !ok {
		return errors.New("want keys or a list of sentences, found " + kindOf(n))
	}
	k := machineKeys{usualMachine.QuietFor, usualMachine.QuietRatio, usualMachine.MoodWithin, usualMachine.NoPromise}
	if err := yaml.NodeToValue(n, &k, yaml.Strict()); err != nil {
		return err
	}
	*m = Machine{QuietFor: k.QuietFor, QuietRatio: k.QuietRatio, MoodWithin: k.MoodWithin, NoPromise: k.NoOpenPromise}
	return nil
}
