package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func anyPush(user, name, session string) Push {
	return Push{User: user, Endpoint: crisis.Secret("https://push.example/" + name), P256DH: "p-" + name, Auth: crisis.Secret("a-" + name), Key: "k", Session: session, Agent: "phone", Created: noon}
}

// TestPushSessions binds browsers to log-ins: they end with them, and move with the next
// log-in of the same user in the same place.
func TestPushSessions(t *testing.T) {
	s := open1(t)
	names := func(user string) string {
		var out []string
		update(t, s, func(tx *Tx) error {
			all, err := tx.Pushes(user)
			for _, p := range all {
				out = append(out, strings.TrimPrefix(p.Endpoint.Reveal(), "https://push.example/")+"@"+p.Session)
			}
			return err
		})
		return strings.Join(out, " ")
	}
	do := func(want string, f func(tx *Tx) error) {
		t.Helper()
		update(t, s, f)
		if got := names("li"); got != want {
			t.Errorf("browsers %q, want %q", got, want)
		}
	}
	do("", func(tx *Tx) error {
		if err := tx.AddPush(Push{User: "li"}); err == nil {
			t.Error("a browser without an endpoint is kept")
		}
		return nil
	})
	do("1@s1 2@s2", func(tx *Tx) error {
		return errors.Join(tx.AddPush(anyPush("li", "1", "s1")), tx.AddPush(anyPush("li", "2", "s2")), tx.AddPush(anyPush("zhou", "3", "s1")))
	})
	do("1@s9 2@s2", func(tx *Tx) error { return tx.HandPush("s1", "s9", "li") })
	if got := names("zhou"); got != "" {
		t.Errorf("somebody else's browsers in the same place: %s", got)
	}
	do("1@s9 2@s2", func(tx *Tx) error { return tx.HandPush("", "s7", "li") })
	do("1@s9", func(tx *Tx) error { return tx.EndSession("s2") })
	do("1@s9 4@", func(tx *Tx) error { return tx.AddPush(anyPush("li", "4", "")) })
	do("1@s9 4@", func(tx *Tx) error { return tx.EndSession("") })
	do("1@s9", func(tx *Tx) error { return tx.EndSessions("li", "s9") })
	do("", func(tx *Tx) error { return tx.EndSessions("li", "") })
	do("1@s1", func(tx *Tx) error { return tx.AddPush(anyPush("li", "1", "s1")) })
	do("", func(tx *Tx) error { return tx.AddPush(anyPush("zhou", "1", "s2")) }) // the browser is another's now
}

// TestPushGone keeps a line about a browser that is gone, without its secrets, until its
// owner has one again or a month has passed.
func TestPushGone(t *testing.T) {
	s := open1(t)
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.AddPush(anyPush("li", "1", "s1")), tx.SetUser(User{Name: "li", Password: "x"}), tx.AddPush(anyPush("nobody", "2", "s2")))
	})
	check := func(live, gone int) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			all, err := tx.AllPushes()
			n, err2 := tx.PushesGone("li")
			if len(all) != live || n != gone {
				t.Errorf("%d take alerts and %d are gone, want %d and %d", len(all), n, live, gone)
			}
			return errors.Join(err, err2)
		})
	}
	check(1, 0) // who is no user takes none
	gone := func(tx *Tx) error {
		return errors.Join(tx.PushReached("https://push.example/1", noon), tx.PushGone("https://push.example/1", noon.Add(time.Hour)), tx.PushGone("", noon))
	}
	update(t, s, gone)
	check(0, 1)
	update(t, s, func(tx *Tx) error {
		all, err := tx.Pushes("li")
		if p := all[0]; p.Endpoint != "" || p.Auth != "" || p.P256DH != "" || !p.Reached.Equal(noon) || !p.Gone.Equal(noon.Add(time.Hour)) {
			t.Errorf("kept %+v", p)
		}
		if _, err := tx.PushAt(""); !errors.Is(err, ErrNotFound) {
			t.Errorf("a browser that is gone is found: %v", err)
		}
		return err
	})
	update(t, s, func(tx *Tx) error { return tx.AddPush(anyPush("li", "1", "s1")) })
	check(1, 0)
	update(t, s, gone)
	desk := anyPush("li", "5", "s5")
	desk.Agent, desk.Created = "desk", noon.Add(31*24*time.Hour)
	update(t, s, func(tx *Tx) error { return tx.AddPush(desk) })
	check(1, 0)
	update(t, s, func(tx *Tx) error {
		p, err := tx.PushAt("https://push.example/5")
		if err != nil {
			return err
		}
		if err := tx.DropPush(p.ID, "zhou"); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else drops it: %v", err)
		}
		moved := anyPush("", "6", "")
		if err := tx.MovePush(p.ID, moved); err != nil {
			return err
		}
		if p, err = tx.PushAt("https://push.example/6"); err != nil || p.User != "li" || p.Session != "s5" || p.P256DH != "p-6" {
			t.Errorf("moved to %+v, %v", p, err)
		}
		return tx.DropPush(p.ID, "li")
	})
	check(0, 0)
}

// TestGiven keeps who has which alert, without their addresses, and lets what somebody has
// hold up nothing.
func TestGiven(t *testing.T) {
	s := open1(t)
	alert := func(n int) Outgoing {
		id := fmt.Sprintf("i.%d.raised.push", n)
		return Outgoing{ID: id, Channel: "push", Due: noon, Created: noon.Add(time.Duration(n) * time.Second), Alert: crisis.Alert{ID: id, Incident: "i", Seq: n, Kind: crisis.AlertRaised}, Incident: "i"}
	}
	due := func(want int) {
		t.Helper()
		update(t, s, func(tx *Tx) error {
			all, err := tx.Due("push", noon.Add(time.Minute), 10)
			if len(all) != want {
				t.Errorf("%d due, want %d", len(all), want)
			}
			return err
		})
	}
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Enqueue(alert(1)), tx.Enqueue(alert(2)), tx.Later(alert(1).ID, noon, noon.Add(time.Hour), "busy"))
	})
	due(0) // nobody has the first
	first := alert(1).Alert
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.Give(&first, noon, "duty@yunchuan.example"), tx.Give(&first, noon, "duty@yunchuan.example"))
	})
	due(1)
	second := alert(2).Alert
	update(t, s, func(tx *Tx) error {
		for who, want := range map[string][2]bool{"duty@yunchuan.example": {true, false}, "other@yunchuan.example": {false, true}} {
			if err := tx.Give(&second, noon, "other@yunchuan.example"); err != nil {
				return err
			}
			has, err := tx.Given(first.ID, who)
			over, err2 := tx.Overtaken(&first, who)
			if err != nil || err2 != nil || has != want[0] || over != want[1] {
				t.Errorf("%s: has %v, a later one %v, %v, %v", who, has, over, err, err2)
			}
		}
		var text string
		if err := tx.row("SELECT group_concat(who) FROM given", nil, &text); err != nil || strings.Contains(text, "yunchuan") {
			t.Errorf("kept %q, %v", text, err)
		}
		return nil
	})
	if err := s.PurgeGiven(t.Context(), noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		if has, err := tx.Given(first.ID, "duty@yunchuan.example"); has || err != nil {
			t.Errorf("remembered for ever: %v", err)
		}
		return nil
	})
}
