package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func scratch(t *testing.T) *Store {
	t.Helper()
	s, err := OpenScratch(filepath.Join(t.TempDir(), "w.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestRolesOfOldUsers wants nobody to lose what an earlier schema let them do.
func TestRolesOfOldUsers(t *testing.T) {
	s := scratch(t)
	old := map[string]string{"a": "", "b": "operator", "c": "admin", "d": "chief"}
	want := map[string]string{"a": "admin", "b": "approver", "c": "admin", "d": "admin"}
	text, err := schema.ReadFile("schema/0014_roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *Tx) error {
		for name, role := range old {
			if err := tx.SetUser(User{Name: name, Role: role, Password: "x", Created: noon}); err != nil {
				return err
			}
		}
		return tx.exec(string(text))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(tx *Tx) error {
		for name, role := range want {
			u, err := tx.User(name)
			if err != nil {
				return err
			}
			if u.Role != role {
				t.Errorf("%q with the role %q has %q, want %q", name, old[name], u.Role, role)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPeople(t *testing.T) {
	s := scratch(t)
	err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(
			tx.SetUser(User{Name: "b", Role: "viewer", Password: "x", Created: noon}), tx.SetUser(User{Name: "a", Role: "admin", Password: "x", MustChange: true, Created: noon}),
			tx.SetSetting("name.b", "B."),
			tx.SetSession(Session{Token: "1", User: "b", Created: noon, Seen: noon, Expires: noon.Add(time.Hour)}),
			tx.SetSession(Session{Token: "2", User: "b", Created: noon, Seen: noon.Add(time.Minute), Expires: noon.Add(2 * time.Hour)}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at       time.Time
		sessions int
	}{{noon, 2}, {noon.Add(90 * time.Minute), 1}, {noon.Add(3 * time.Hour), 0}} {
		var all []Person
		err := s.View(t.Context(), func(tx *Tx) (err error) {
			all, err = tx.People("name.", c.at)
			return err
		})
		if err != nil || len(all) != 2 || all[0].Name != "a" || !all[0].MustChange || all[0].Shown != "" || all[1].Shown != "B." || all[1].Sessions != c.sessions {
			t.Errorf("People at %s = %+v, %v, want %d sessions", c.at, all, err, c.sessions)
		}
		if c.sessions > 0 != all[1].Seen.Equal(noon.Add(time.Minute)) {
			t.Errorf("at %s b was seen %s", c.at, all[1].Seen)
		}
	}
}
