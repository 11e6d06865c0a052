package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestNoting wants the entry to be written with the first change, once, and not at all
// with a change that is taken back.
func TestNoting(t *testing.T) {
	s := scratch(t)
	count := func() int {
		t.Helper()
		var all []Entry
		if err := s.View(t.Context(), func(tx *Tx) (err error) {
			all, err = tx.Audit(AuditFilter{Limit: 100})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	n := &Noted{Entry: Entry{At: noon, Who: "a", What: "x", Outcome: OutcomeOK}}
	ctx := Noting(t.Context(), n)
	if err := s.View(ctx, func(*Tx) error { return nil }); err != nil || n.Written {
		t.Errorf("reading wrote the entry: %v", err)
	}
	broken := errors.New("broken")
	if err := s.Update(ctx, func(*Tx) error { return broken }); !errors.Is(err, broken) || n.Written || count() != 0 {
		t.Errorf("a change that was taken back left %d entries: %v", count(), err)
	}
	for range 2 {
		if err := s.Update(ctx, func(tx *Tx) error { return tx.SetSetting("k", "v") }); err != nil {
			t.Fatal(err)
		}
	}
	if !n.Written || count() != 1 {
		t.Errorf("two changes of one request left %d entries, want 1", count())
	}
	for _, q := range []string{"UPDATE audit SET who = 'b'", "DELETE FROM audit"} {
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.exec(q) }); err == nil {
			t.Errorf("%s was let through", q)
		}
	}
}

func TestAuditFilter(t *testing.T) {
	s := scratch(t)
	if err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(
			tx.Note(&Entry{At: noon, Who: "a", What: "login", Outcome: OutcomeRefused}),
			tx.Note(&Entry{At: noon.Add(time.Hour), Who: "b", What: "login", Outcome: OutcomeOK}),
			tx.Note(&Entry{At: noon.Add(2 * time.Hour), Who: "a", What: "step_done", Target: "1", Outcome: OutcomeOK}),
		)
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    AuditFilter
		want []int64
	}{
		{AuditFilter{}, []int64{3, 2, 1}},
		{AuditFilter{Who: "a"}, []int64{3, 1}},
		{AuditFilter{What: "log"}, []int64{2, 1}},
		{AuditFilter{Outcome: OutcomeRefused}, []int64{1}},
		{AuditFilter{From: noon.Add(time.Hour)}, []int64{3, 2}},
		{AuditFilter{To: noon.Add(time.Hour)}, []int64{1}},
		{AuditFilter{Before: 3}, []int64{2, 1}},
		{AuditFilter{Limit: 1}, []int64{3}},
	} {
		if c.f.Limit == 0 {
			c.f.Limit = 10
		}
		var got []int64
		if err := s.View(t.Context(), func(tx *Tx) error {
			all, err := tx.Audit(c.f)
			for _, e := range all {
				got = append(got, e.ID)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.want) {
			t.Errorf("Audit(%+v) = %v, want %v", c.f, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("Audit(%+v) = %v, want %v", c.f, got, c.want)
			}
		}
	}
}

// TestPurgeAudit shortens the log, and wants the purge to be in the log and in the journal,
// and the rest to be as untouchable as before.
func TestPurgeAudit(t *testing.T) {
	s := scratch(t)
	if err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(
			tx.Note(&Entry{At: noon, Who: "a", What: "login", Outcome: OutcomeOK}),
			tx.Note(&Entry{At: noon.Add(time.Hour), Who: "b", What: "login", Outcome: OutcomeOK}),
		)
	}); err != nil {
		t.Fatal(err)
	}
	now := noon.Add(24 * time.Hour)
	for i, want := range []int{1, 0} {
		if n, err := s.PurgeAudit(t.Context(), noon.Add(time.Minute), now); err != nil || n != want {
			t.Errorf("purge %d: %d, %v, want %d", i, n, err, want)
		}
	}
	if err := s.View(t.Context(), func(tx *Tx) error {
		all, err := tx.Audit(AuditFilter{Limit: 10})
		if err != nil {
			return err
		}
		if len(all) != 2 || all[0].What != "purge" || all[0].Who != crisis.Machine || all[1].Who != "b" {
			t.Errorf("the log is %+v", all)
		}
		events, err := tx.JournalOf(10)
		if err != nil {
			return err
		}
		if len(events) != 1 || events[0].Kind != crisis.EventPurged || !strings.Contains(string(events[0].Data), `"audit":1`) {
			t.Errorf("the journal is %+v", events)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.exec("DELETE FROM audit") }); err == nil {
		t.Error("what the purge left can be deleted")
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
