package console

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestEnglish holds that an English reader is told in English what the machine
// says, and of the plan what it has in English.
func TestEnglish(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	w.must(w.act(id, crisis.EventHappened, "", "李敏", "热线", night.Add(-50*time.Hour)))
	for _, c := range []struct {
		path    string
		en, not []string
	}{
		{
			"/incidents/" + id,
			[]string{"Why this level: eight times the usual count in 1 h, on 2 platforms", "belongs to this plan", "Answer to other public concerns within 48 h", "Duty officer"},
			[]string{"1小时声量达平常", "属于本预案范围", "出现关键词", "其他政务舆情，48小时内予以回应", "值班员"},
		},
		{"/playbooks/service-outage", []string{"Authoritative information within 5 h", "Duty officer"}, []string{"5小时内发布权威信息", "值班员"}},
	} {
		page := w.get(c.path+"?lang=en", 200)
		for _, want := range c.en {
			if !strings.Contains(page, want) && !strings.Contains(page, strings.ToLower(want[:1])+want[1:]) {
				t.Errorf("%s does not say %q", c.path, want)
			}
		}
		for _, not := range c.not {
			if strings.Contains(page, not) {
				t.Errorf("%s says %q to an English reader", c.path, not)
			}
		}
	}
}
