package console

import (
	"testing"

	"watchfire/daemon/store"
)

// TestActing finds who a person of the roster is to the console: by the name under which
// they log in, else by the name they are shown with; of several the one who may least.
func TestActing(t *testing.T) {
	w := newWorld(t, false)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		for _, u := range [][3]string{{"zhou", "周婷", roleApprover}, {"zhou2", "周婷", roleViewer}, {"wang", "王主任", roleAdmin}, {"赵科长", "", roleViewer}, {"chen", "赵科长", roleAdmin}} {
			if err := tx.SetUser(store.User{Name: u[0], Role: u[2], Password: "hash"}); err != nil {
				return err
			}
			if err := tx.SetSetting(settingName+u[0], u[1]); err != nil {
				return err
			}
		}
		return nil
	}))
	for person, want := range map[string][2]string{
		"wang": {"wang", roleAdmin}, "王主任": {"wang", roleAdmin}, "周婷": {"zhou2", roleViewer}, "赵科长": {"赵科长", roleViewer}, "孙工": {"", roleOperator},
	} {
		w.must(w.store.View(t.Context(), func(tx *store.Tx) error {
			login, role, err := Acting(tx, person, w.now())
			if login != want[0] || role != want[1] {
				t.Errorf("%s logs in as %q with role %q, want %q and %q", person, login, role, want[0], want[1])
			}
			return err
		}))
	}
}
