package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestProposed shows what the machine proposes beside a person's decision, until
// a person sets a level.
func TestProposed(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post(at, form("do", "level", "opinion", "IV", "note", "已核实是个别楼栋"), 200)
	if page := w.get(at+"?lang=zh", 200); strings.Contains(page, "系统建议") {
		t.Error("a proposal is shown and there is none")
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Append(id, w.now(), crisis.NewEvent(crisis.EventProposed, w.now().Add(-time.Minute), crisis.Machine,
			crisis.LevelChange{Opinion: crisis.LevelII, Reason: "扩散到3个平台"}))
		return err
	}))
	page := w.get(at+"?lang=zh", 200)
	sound(t, "proposed", page)
	for _, want := range []string{"系统建议把舆情等级提到 Ⅱ", "已于 03:12 人工定级", "扩散到3个平台", "建议把舆情等级提到 Ⅱ。此前已由人工定级，未自动提级"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	page = w.get(at+"?lang=en", 200)
	sound(t, "proposed in English", page)
	if !strings.Contains(page, "The numbers ask for opinion level II") {
		t.Error("the English page does not show the proposal")
	}
	if page := w.post(at+"?lang=zh", form("do", "level", "opinion", "IV", "note", "维持"), 200); strings.Contains(page, "系统建议把舆情等级提到") {
		t.Error("the proposal is shown after a person has answered it")
	}
}
