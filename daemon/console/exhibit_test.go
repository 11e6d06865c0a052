package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestExhibit shows a quoted post whole, says whether it is the one that the event names,
// and shows nothing that no event quotes or that is not kept.
func TestExhibit(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	s := surge(night.Add(-10 * time.Minute))
	for i := range s.Evidence {
		e := &s.Evidence[i]
		e.URL += "?again"
		p := postOf(*e)
		e.Key, e.Hash = p.Key(), crisis.PostHash(p.Source, p.URL, p.Published, p.Title, p.Text)
	}
	w.keep(s)
	whole, other, gone := s.Evidence[0], &s.Evidence[1], &s.Evidence[2]
	other.Hash = strings.Repeat("0", 64) // the event names another text
	gone.Key++                           // never stored
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Keep(s.Evidence[:3], night); err != nil {
			return err
		}
		s.Evidence = s.Evidence[:3]
		_, err := tx.Append(id, night, crisis.NewEvent(crisis.EventSignal, s.At, crisis.Machine, s))
		return err
	}))
	at := func(key crisis.PostKey) string { return fmt.Sprintf("/incidents/%s/evidence/%d?lang=zh", id, key) }
	page := w.get(at(whole.Key), 200)
	sound(t, "exhibit", page)
	for _, want := range []string{"云川微广场", whole.Quote, "SHA-256 " + whole.Hash, "内容与取证时一致"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page = w.get(at(other.Key), 200); !strings.Contains(page, "内容与取证时不一致，请运行 watchfire verify 核查") {
		t.Error("a text that is not the one which the event names passes for it")
	}
	w.get(at(gone.Key), 404)
	w.get(at(whole.Key+7), 404)
	w.get(fmt.Sprintf("/incidents/%s/evidence/x", id), 404)
}
