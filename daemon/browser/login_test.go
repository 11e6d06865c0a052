package browser

import (
	"strings"
	"testing"
)

// TestFirstLogin does what the first admin does: takes the one-time password of the
// first start, must choose another, is in, and leaves.
func TestFirstLogin(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	x := s.newTab(t, nil)
	x.open("/incidents")
	x.until("location.pathname === '/login'")
	x.write("[name=user]", "admin")
	x.write("[name=password]", "not the password")
	x.leads(func() { x.click("button.main") })
	if x.text("[role=alert]") == "" {
		t.Errorf("nobody says that the password is wrong:\n%s", x.text("main"))
	}
	if eval[string](x, "document.activeElement.name") != "password" {
		t.Error("after a wrong password, the password is not what is typed next")
	}
	x.write("[name=password]", s.password)
	x.leads(func() { x.click("button.main") })
	x.until("location.pathname === '/password'")
	x.write("[name=old]", s.password)
	x.write("[name=new]", chosen)
	x.write("[name=again]", chosen)
	x.write("[name=name]", "李敏")
	x.leads(func() { x.click("button.main") })
	if got := eval[string](x, "location.pathname"); got != "/incidents" {
		t.Errorf("the log-in leads to %s, want the page that was asked for", got)
	}
	if got := x.text(".who summary"); !strings.Contains(got, "李敏") {
		t.Errorf("the page is that of %q", got)
	}
	x.click(".who summary")
	x.leads(func() { x.click(".who form button") })
	x.open("/")
	x.until("location.pathname === '/login'")
}
