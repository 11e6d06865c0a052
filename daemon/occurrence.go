package daemon

import (
	"math"
	"time"

	"watchfire/crisis"
)

// Occurrence is one thing the daemon noticed or did, as `watchfire replay` prints
// it and as the log holds it.
type Occurrence struct {
	At       time.Time    `json:"at"`
	Kind     string       `json:"kind"` // signal, incident_opened, incident_raised, level_proposed, incident_closed, step_overdue, quiet
	Topic    string       `json:"topic"`
	Detector string       `json:"detector,omitempty"`
	Level    crisis.Level `json:"level,omitempty"`
	Observed float64      `json:"observed"`
	Expected float64      `json:"expected"`
	Score    float64      `json:"score"`
	Incident string       `json:"incident,omitempty"`
	Phrases  []string     `json:"phrases,omitempty"` // what is said
	Detail   string       `json:"-"`
}

// round keeps three digits behind the point, enough for every statistic here and
// the same on every machine.
func round(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*1000) / 1000
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
