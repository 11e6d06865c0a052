package crisis

import (
	"fmt"
	"strings"
)

// Level is a degree of gravity: I is the gravest, IV the least; the zero value is
// "not graded". Event level (事件级别, harm) and opinion level (舆情等级, attention)
// are two separate Levels, never one.
type Level int

// The levels. 特别重大, 重大, 较大, 一般.
const (
	LevelNone Level = 0
	LevelI    Level = 1
	LevelII   Level = 2
	LevelIII  Level = 3
	LevelIV   Level = 4
)

var levelNames = [...]string{"", "I", "II", "III", "IV"}

// String returns the Roman numeral, or "" for an ungraded level.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// ParseLevel reads a Roman numeral I to IV in either case; "" is LevelNone.
func ParseLevel(s string) (Level, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for i, n := range levelNames {
		if s == n {
			return Level(i), nil
		}
	}
	return LevelNone, fmt.Errorf("level %q: want I, II, III or IV", s)
}

// MarshalText writes the Roman numeral.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the Roman numeral.
func (l *Level) UnmarshalText(b []byte) error {
	v, err := ParseLevel(string(b))
	if err != nil {
		return err
	}
	*l = v
	return nil
}

// Graver says whether l is a graver level than m. Any level is graver than none.
func (l Level) Graver(m Level) bool {
	return l != LevelNone && (m == LevelNone || l < m)
}

// Gravest returns the graver of two levels: the response level is the gravest of
// event level and opinion level.
func Gravest(a, b Level) Level {
	if a.Graver(b) {
		return a
	}
	return b
}
