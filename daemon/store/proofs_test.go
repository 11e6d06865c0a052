package store

import (
	"errors"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestProofs holds how each quoted post stands: kept and unchanged, changed, or gone.
func TestProofs(t *testing.T) {
	s := open1(t)
	update(t, s, func(tx *Tx) error {
		if err := tx.SavePosts([]Saved{saved(1, noon, "三号楼的水发黄，已经第二天了", "tap"), saved(2, noon, "我家的水也发黄了，不敢喝", "tap")}); err != nil {
			return err
		}
		quoted, err := tx.Evidence(Exhibit{Topic: "tap", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Most: 2})
		if err != nil {
			return err
		}
		opening := crisis.NewEvent(crisis.EventDetected, noon, crisis.Machine, crisis.Detected{Topic: "tap", Signal: crisis.Signal{Evidence: quoted}})
		again := crisis.NewEvent(crisis.EventSignal, noon, crisis.Machine, crisis.Signal{Detector: "surge", Evidence: append(quoted, crisis.Evidence{Quote: "from elsewhere"})})
		_, err = tx.Append("20260316-01", noon, opening, again)
		return errors.Join(err, tx.Keep(quoted, noon))
	})
	states := func() (out []string, stored int) {
		t.Helper()
		err := s.View(t.Context(), func(tx *Tx) error {
			_, events, err := tx.Incident("20260316-01")
			if err != nil {
				return err
			}
			proofs, err := tx.Proofs(events)
			for _, p := range proofs {
				if out = append(out, p.State); p.Stored {
					stored++
				}
				if p.Event != 1 || p.State != ProofGone && p.Kept.Text == "" {
					t.Errorf("proof %+v", p)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return out, stored
	}
	want := func(what string, stored int, all ...string) {
		t.Helper()
		got, n := states()
		if len(got) != len(all) || n != stored {
			t.Fatalf("%s: %v, %d stored; want %v, %d", what, got, n, all, stored)
		}
		for i := range all {
			if got[i] != all[i] {
				t.Errorf("%s: %v, want %v", what, got, all)
			}
		}
	}
	want("as kept", 2, ProofIntact, ProofIntact)
	if _, err := s.Purge(t.Context(), noon.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	want("posts purged", 0, ProofIntact, ProofIntact)
	if _, err := s.write.Exec("UPDATE exhibits SET text = text || '！'"); err != nil {
		t.Fatal(err)
	}
	want("texts changed", 0, ProofAltered, ProofAltered)
	if _, err := s.PurgeExhibits(t.Context(), noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want("evidence purged", 0, ProofGone, ProofGone)
}

// TestAsksAndPostsOf holds which requests and posts belong to a topic and a time.
func TestAsksAndPostsOf(t *testing.T) {
	s := open1(t)
	ask := func(key int, at time.Time, topics ...string) crisis.Ask {
		return crisis.Ask{Key: crisis.PostKey(key), Print: uint64(key), Class: crisis.AskQuestion, Topics: topics, Received: at, State: crisis.AskOpen}
	}
	update(t, s, func(tx *Tx) error {
		for _, a := range []crisis.Ask{ask(1, noon, "tap", "bus"), ask(2, noon.Add(time.Minute), "bus"), ask(3, noon.Add(2*time.Hour), "tap"), ask(4, noon.Add(time.Minute), "tapwater"), ask(5, noon)} {
			if _, err := tx.AddAsk(a); err != nil {
				return err
			}
		}
		return tx.SavePosts([]Saved{saved(1, noon.Add(time.Hour), "第二条", "tap"), saved(2, noon, "第一条", "tap"), saved(3, noon, "别的", "bus"), saved(4, noon.Add(5*time.Hour), "太晚", "tap")})
	})
	err := s.View(t.Context(), func(tx *Tx) error {
		asks, err := tx.AsksOf("tap", noon, noon.Add(time.Hour))
		if len(asks) != 1 || asks[0].Key != 1 {
			t.Errorf("requests %+v", asks)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	err = s.EachPostOf(t.Context(), "tap", noon, noon.Add(2*time.Hour), func(p *StoredPost) error {
		texts = append(texts, p.Text)
		return nil
	})
	if err != nil || len(texts) != 2 || texts[0] != "第一条" {
		t.Errorf("posts %q, %v", texts, err)
	}
	stop := errors.New("stop")
	if err := s.EachPostOf(t.Context(), "tap", noon, noon.Add(time.Hour), func(*StoredPost) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the reader becomes %v", err)
	}
}
