package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"watchfire/crisis"
)

// press presses keys on whatever has the focus.
func (x *tab) press(keys string) {
	x.t.Helper()
	x.do(chromedp.KeyEvent(keys))
}

// seen says what is wrong with the focus as it is: nothing shows where it is, or
// something lies over it (WCAG 2.4.7 and 2.4.11).
const seen = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	if (e === document.body) return "";
	if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) return "no outline";
	const spots = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]].map(([a, b]) => document.elementFromPoint(r.x + r.width * a, r.y + r.height * b));
	return spots.some((at) => at && (e.contains(at) || at.contains(e))) ? "" : "under something else, or outside of what is shown";
})()`

// tabTo presses Tab until what a selector names has the focus. Wherever it passes, the
// focus is to be seen.
func (x *tab) tabTo(selector string) {
	x.t.Helper()
	for range 400 {
		x.press(kb.Tab)
		if fault := eval[string](x, seen); fault != "" {
			x.t.Errorf("the focus is %s: %s", fault, eval[string](x, "document.activeElement.outerHTML.slice(0, 200)"))
		}
		if eval[bool](x, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	x.t.Fatalf("Tab never comes to %s", selector)
}

// enter writes text where the focus is, as an input method does.
func (x *tab) enter(text string) {
	x.t.Helper()
	command(x, input.InsertText, input.InsertTextParams{Text: text})
}

// TestKeyboard acts without a mouse: skips the menu, acknowledges, ticks, undoes, raises
// the level and drafts a statement.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	x := s.newTab(t, s.admin("李敏"))
	id := s.open()
	first, _ := s.step(id, 0)
	x.open("/incidents/" + id)
	x.press(kb.Tab)
	if !eval[bool](x, "document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().x >= 0") {
		t.Error("the first Tab does not show the link past the menu")
	}
	x.press(kb.Enter)
	x.until("document.activeElement.id === 'main'")

	x.tabTo(".ackform button")
	x.leads(func() { x.press(kb.Enter) })
	if in := s.incident(id); in.Holder != "李敏" {
		t.Errorf("acknowledged, and %q has it", in.Holder)
	}
	x.tabTo(first + " button.box")
	x.leads(func() { x.press(" ") })
	if _, st := s.step(id, 0); !st.Done {
		t.Fatal("a space does not tick")
	}
	x.tabTo(first + " summary") // the page has come back to the step
	x.press(kb.Enter)
	x.until(fmt.Sprintf("document.querySelector(%q).open", first+" details"))
	x.tabTo(first + " [value=undo]")
	x.leads(func() { x.press(kb.Enter) })
	if _, st := s.step(id, 0); st.Done {
		t.Fatal("Enter does not undo")
	}

	x.tabTo("#d-level > summary")
	x.press(" ")
	x.tabTo("#d-level [name=event]")
	x.press(kb.ArrowDown + kb.ArrowDown)
	x.tabTo("#d-level textarea")
	x.enter("约 2.1 万户受影响")
	x.tabTo("#d-level button.main")
	x.leads(func() { x.press(kb.Enter) })
	if got := s.incident(id).EventLevel; got == crisis.LevelNone {
		t.Errorf("the event level is %v:\n%s", got, x.text("main"))
	}

	x.open("/incidents/" + id + "#speech")
	x.tabTo("#speech form[method=get] button")
	x.leads(func() { x.press(kb.Enter) })
	x.tabTo("[name=text]")
	x.press("a") // the selection is replaced below
	eval[bool](x, "document.activeElement.select(), true")
	x.enter(s.firstStatement())
	x.tabTo("button.main")
	x.leads(func() { x.press(kb.Enter) })
	if got := s.incident(id).Statements; len(got) != 1 {
		t.Errorf("%d statements after one was drafted:\n%s", len(got), x.text("main"))
	}
}

// TestUndisturbed holds that an open page which is brought up to date leaves alone what
// somebody writes in it, has opened, and has the focus on.
func TestUndisturbed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	x := s.newTab(t, s.admin("李敏"))
	id := s.open()
	x.open("/incidents/" + id)
	x.stays()
	tick := func(n int) string {
		selector, st := s.step(id, n)
		s.act(crisis.Act{Kind: crisis.EventStepDone, Incident: id, By: "王主任", Plan: st.Plan, Step: st.ID})
		x.until(fmt.Sprintf("document.querySelector(%q).matches('.ticked')", selector))
		return selector
	}

	third, _ := s.step(id, 2)
	x.click(third + " summary")
	x.tabTo(third + " textarea")
	x.enter("陈工来电：")
	eval[bool](x, "window.at = document.activeElement, window.at.setSelectionRange(2, 4), true")
	tick(0)
	if got := eval[string](x, "window.at.value"); got != "陈工来电：" || !eval[bool](x, "window.at === document.activeElement && window.at.selectionStart === 2 && window.at.selectionEnd === 4") {
		t.Errorf("after somebody else's tick, what is being written is %q, and the focus on %s", got, eval[string](x, "document.activeElement.outerHTML"))
	}
	if !eval[bool](x, fmt.Sprintf("document.querySelector(%q).open", third+" details")) {
		t.Error("what was opened is closed")
	}
	tick(2) // the very step that is being written on
	if got := eval[string](x, "window.at.isConnected ? window.at.value : ''"); got != "陈工来电：" {
		t.Errorf("after somebody else ticked the step, the half-written record is %q", got)
	}

	fourth, _ := s.step(id, 3)
	eval[bool](x, fmt.Sprintf("document.querySelector(%q).focus(), true", fourth+" button.box"))
	tick(1)
	if !eval[bool](x, fmt.Sprintf("document.activeElement.matches(%q)", fourth+" button.box")) {
		t.Errorf("the focus has moved to %s", eval[string](x, "document.activeElement.outerHTML"))
	}
	tick(3) // what has the focus is gone
	if !eval[bool](x, fmt.Sprintf("document.activeElement.matches(%q)", fourth+" summary")) {
		t.Errorf("the focus is lost to %s", eval[string](x, "document.activeElement.outerHTML.slice(0, 200)"))
	}
	x.here()
}
