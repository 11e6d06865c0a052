package alerts

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestPlanned wants a signal of the time of a planned event to say so, and no other.
func TestPlanned(t *testing.T) {
	for lang, want := range map[string]string{"zh": "计划内活动：滨江灯会", "en": "during a planned event: 滨江灯会"} {
		s := crisis.Signal{Detector: "surge", At: time.Date(2026, 3, 16, 2, 0, 0, 0, time.UTC), Window: time.Hour, Observed: 40, Expected: 5, Voices: 40, Coverage: 1}
		a := crisis.Alert{Kind: crisis.AlertOpened, Lang: lang, Zone: "Asia/Shanghai", Title: "灯会", At: s.At, Signals: []crisis.Signal{s}}
		if text := Text(a); strings.Contains(text, "滨江灯会") {
			t.Errorf("%s: without an event the alert says\n%s", lang, text)
		}
		a.Signals[0].Bar, a.Signals[0].Planned = 1.5, "滨江灯会"
		if text := Text(a); !strings.Contains(text, want) {
			t.Errorf("%s: the alert does not say %q:\n%s", lang, want, text)
		}
	}
}
