package main

import (
	"strings"
	"testing"

	"go.uber.org/zap"

	"watchfire/daemon/drill"
)

// TestDrills rehearses every shipped scenario on the real path, and holds that the monitor
// sees its trap; where the trap is one for people, that a team which does its duties passes
// and that one which falls into the trap is found out.
func TestDrills(t *testing.T) {
	if underRace {
		t.Skip("fourteen towns take minutes under the race detector; make town rehearses them without it")
	}
	all, err := drill.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			c := drillCmd{Scenario: s.ID, Rehearse: true, JSON: true, Speed: 60, Slow: 1}
			if s.Teams != nil {
				c.Team = "bad"
				if err := c.Run(t.Context(), zap.NewNop()); err == nil || !strings.Contains(err.Error(), "do not hold") {
					t.Errorf("the team that falls into the trap: %v", err)
				}
				c.Team = "good"
			}
			if err := c.Run(t.Context(), zap.NewNop()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestDrillUsage holds that mistakes in the call are told with what to do.
func TestDrillUsage(t *testing.T) {
	for want, c := range map[string]drillCmd{
		"there is no scenario": {Scenario: "D99", Speed: 60, Slow: 1},
		"--speed 0":            {Scenario: "D1", Slow: 1},
		"--lang fr":            {Scenario: "D1", Speed: 1, Slow: 1, Lang: "fr"},
		"is for --rehearse":    {Scenario: "D1", Team: "good", Speed: 60, Slow: 1},
		"has the teams":        {Scenario: "D1", Team: "best", Rehearse: true, Speed: 60, Slow: 1},
		"read scenario":        {Scenario: "none.yaml", Speed: 1, Slow: 1},
	} {
		if err := c.Run(t.Context(), zap.NewNop()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want … %s", c, err, want)
		}
	}
}
