package daemon

import (
	"regexp"
	"testing"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestEnglish holds that where people are told in English the reason of a level is
// in English too, and that the timeline keeps it in both languages.
func TestEnglish(t *testing.T) {
	han := regexp.MustCompile(`\p{Han}`)
	for _, c := range []struct {
		lang    string
		chinese bool
	}{{"zh", true}, {"en", false}} {
		d, clock, _, _ := testDaemon(t, "lang: "+c.lang+"\n")
		id := openIncident(t, d)
		err := d.store.View(t.Context(), func(tx *store.Tx) error {
			in, _, err := tx.Incident(id)
			if err != nil {
				return err
			}
			if !han.MatchString(in.LevelReason) || in.LevelReasonEN == "" || han.MatchString(in.LevelReasonEN) {
				t.Errorf("%s: the reason is %q, in English %q", c.lang, in.LevelReason, in.LevelReasonEN)
			}
			in.OpinionLevel = crisis.LevelI
			a, err := d.compose(tx, &in, crisis.AlertRaised, clock.now, nil)
			if a.Remark == "" || han.MatchString(a.Remark) != c.chinese {
				t.Errorf("%s: the alert says %q\n%s", c.lang, a.Remark, alerts.Text(a))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
