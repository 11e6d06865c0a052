package browser

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// TestWithoutScripts acts in a browser whose scripts are off: forms and links are enough
// to log in, acknowledge, tick, undo, note, raise, draft, close and review.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	x := s.newTab(t, nil)
	command(x, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	id := s.open()
	x.lang = "en"
	x.open("/incidents/" + id)
	x.write("[name=user]", "admin")
	x.write("[name=password]", s.password)
	x.leads(func() { x.click("button.main") })
	x.write("[name=old]", s.password)
	x.write("[name=new]", chosen)
	x.write("[name=again]", chosen)
	x.leads(func() { x.click("button.main") })

	x.leads(func() { x.click(".ackform button") })
	first, _ := s.step(id, 0)
	x.leads(func() { x.click(first + " button.box") })
	if _, st := s.step(id, 0); !st.Done {
		t.Fatal("the step is not ticked")
	}
	x.click(first + " summary")
	x.leads(func() { x.click(first + " [value=undo]") })
	if _, st := s.step(id, 0); st.Done {
		t.Fatal("the step is not undone")
	}
	x.write(".addnote textarea", "Chen of the waterworks called.")
	x.leads(func() { x.click(".addnote .row > button") })
	x.says("#timeline", "Chen of the waterworks called.")
	x.click("#d-level > summary")
	x.choose("#d-level [name=event]", "significant")
	x.write("#d-level textarea", "21,000 households")
	x.leads(func() { x.click("#d-level button.main") })
	if !eval[bool](x, "!!document.querySelector('header.incident .badge.l3')") {
		t.Errorf("the level is not raised:\n%s", x.text("main"))
	}
	x.leads(func() { x.click("#speech form[method=get] button") })
	x.leads(func() { x.click("button.main") })
	if n := len(s.incident(id).Statements); n != 1 {
		t.Errorf("%d statements after one was drafted", n)
	}
	x.open("/incidents/" + id)
	x.click("#d-close > summary")
	x.write("#d-close textarea", "The water is clean again.")
	x.leads(func() { x.click("#d-close button.danger") })
	x.leads(func() { x.click(".papers [href$=review]") })
	x.write("form:has(select[name=kind]) textarea", "The hotline was busy for two hours.")
	x.leads(func() { x.click("form:has(select[name=kind]) button") })
	x.says("main", "The hotline was busy for two hours.")
	x.leads(func() { x.click(".lang") })
	if got := eval[string](x, "document.documentElement.lang"); got != "zh-CN" {
		t.Errorf("the other language is %s", got)
	}
	x.size(390, 844)
	x.click(".more > summary")
	x.leads(func() { x.click(".more [href='/sources']") })
}
