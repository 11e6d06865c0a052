package console

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// CorrectPost implements Corrector as the daemon does.
func (o *office) CorrectPost(ctx context.Context, key crisis.PostKey, mood crisis.Mood, by string) error {
	p, err := o.store.Post(ctx, key)
	if err != nil {
		return err
	}
	label := map[crisis.Mood]string{crisis.Negative: "neg", crisis.Neutral: "neutral", crisis.Positive: "pos"}[mood]
	return o.store.Update(ctx, func(tx *store.Tx) error {
		return tx.SaveCorrection(store.Correction{Text: p.FullText(), Label: label, By: by, At: o.now()})
	})
}

// TestReread has a person say that a post was read wrongly: the correction is
// stored under their name, shown in both languages, and taken from our pages only.
func TestReread(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id
	w.post("/name", form("name", "张伟", "next", at), 200)
	e := surge(night.Add(-41 * 60e9)).Evidence[0]
	key := strconv.FormatInt(int64(e.Key), 10)
	page := w.get(at+"?lang=zh", 200)
	sound(t, "read wrongly", page)
	if n := strings.Count(page, "研判有误？"); n != 4 {
		t.Errorf("the control stands beside %d posts, want 4", n)
	}
	w.post(at+"/reading", form("post", key, "mood", "angry"), 422)
	w.post(at+"/reading", form("post", "x", "mood", "neutral"), 422)
	w.post(at+"/reading", form("post", "7", "mood", "neutral"), 409)
	evil := w.request("POST", at+"/reading", strings.NewReader(form("post", key, "mood", "neutral").Encode()), "Origin", "https://evil.example")
	w.read(evil, 403)
	holdCorrections(t, w.store)
	page = w.post(at+"/reading?lang=zh", form("post", key, "mood", "positive"), 200)
	sound(t, "corrected", page)
	page = w.post(at+"/reading?lang=zh", form("post", key, "mood", "neutral"), 200) // thinks better of it
	holdCorrections(t, w.store, store.Correction{Text: e.Quote, Label: "neutral", By: "张伟", At: night.UTC()})
	if !strings.Contains(page, "已记下更正") || !strings.Contains(page, "已更正为“中性”（张伟，03:12）") || strings.Count(page, "研判有误？") != 3 {
		t.Error("the page does not say what was corrected")
	}
	if page := w.get(at+"?lang=en", 200); !strings.Contains(page, "corrected: neutral (张伟, 03:12)") || !strings.Contains(page, "Read wrongly?") {
		t.Error("the English page does not say what was corrected")
	}
}

func holdCorrections(t *testing.T, s *store.Store, want ...store.Correction) {
	t.Helper()
	err := s.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Corrections()
		if len(got) != len(want) {
			t.Errorf("corrections %+v, want %+v", got, want)
			return err
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("correction %+v, want %+v", got[i], want[i])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
