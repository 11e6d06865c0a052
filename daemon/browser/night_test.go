package browser

import (
	"fmt"
	"strings"
	"testing"

	"watchfire/crisis"
)

// says fails unless an element shows a text.
func (x *tab) says(selector, want string) {
	x.t.Helper()
	if got := x.text(selector); !strings.Contains(got, want) {
		x.t.Errorf("%s says %q, want %q in it", selector, got, want)
	}
}

// stays marks the page that is open, so that here tells whether it was left.
func (x *tab) stays() {
	x.t.Helper()
	eval[bool](x, "window.stays = true")
}

// here fails if the page was loaded again since stays.
func (x *tab) here() {
	x.t.Helper()
	if !eval[bool](x, "window.stays === true") {
		x.t.Error("the page was loaded anew")
	}
}

// step selects the nth step of an incident's first plan on its page, and returns its state.
func (s *stage) step(id string, n int) (selector string, st *crisis.StepState) {
	s.t.Helper()
	in := s.incident(id)
	st = in.Step(in.Plans[0].ID, in.Plans[0].Steps[n].ID)
	return fmt.Sprintf("li.step:has([name=plan][value=%q]):has([name=step][value=%q])", in.Plans[0].ID, in.Plans[0].Steps[n].ID), st
}

// TestNight goes through an incident with the mouse, from its opening to its review: the
// duty officer in Chinese, who approves in English. What one does, the other's open page
// shows without being loaded anew.
func TestNight(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	li := s.admin("李敏")
	wang := li.hire("wang", "Wang", "approver")
	zh, en := s.newTab(t, li), s.newTab(t, wang)
	zh.lang, en.lang = "zh", "en"
	s.pass(1)
	for _, x := range []*tab{zh, en} {
		x.open("/")
		if eval[bool](x, "!!document.querySelector('.card')") {
			t.Fatal("an incident is open before there is one")
		}
		x.stays()
	}
	id := s.open()
	here := "/incidents/" + id
	for _, x := range []*tab{zh, en} { // by server-sent events
		x.until(fmt.Sprintf("document.querySelector('.card a[href=%q]')", here))
		x.here()
	}
	zh.says(".card .nobody", "还没有人签收")
	en.says(".card .nobody", "acknowledged")

	zh.leads(func() { zh.click(".ackform button") })
	zh.says(".said", "签收")
	en.until("document.querySelector('.holder b')?.textContent === '李敏'")
	en.here()

	en.open(here)
	en.stays()
	zh.open(here)
	first, _ := s.step(id, 0)
	zh.leads(func() { zh.click(first + " button.box") })
	if _, st := s.step(id, 0); !st.Done || st.DoneBy != "李敏" {
		t.Fatalf("after the tick: %+v", st)
	}
	zh.until(fmt.Sprintf("document.querySelector(%q).matches('.ticked')", first))
	en.until(fmt.Sprintf("document.querySelector(%q).matches('.ticked')", first))
	en.says(first+" .doneby", "李敏")
	zh.click(first + " summary")
	zh.write(first+" textarea", "已核实")
	zh.leads(func() { zh.click(first + " [value=undo]") })
	if _, st := s.step(id, 0); st.Done {
		t.Fatalf("after undoing: %+v", st)
	}
	en.until(fmt.Sprintf("!document.querySelector(%q).matches('.ticked')", first))
	en.here()

	s.draft(zh, id)
	s.approve(en, id)
	s.raise(en, zh, id)
	s.wrapUp(en, zh, id)
}

// draft writes a first statement and has it checked by the reply rules.
func (s *stage) draft(x *tab, id string) {
	s.t.Helper()
	x.open("/incidents/" + id)
	x.choose("#speech select[name=kind]", "首")
	x.leads(func() { x.click("#speech form[method=get] button") })
	if eval[int](x, "document.querySelector('[name=text]').value.length") < 20 {
		s.t.Error("the draft does not begin with the plan's wording")
	}
	eval[bool](x, "document.querySelector('[name=text]').value = '此事纯属谣言，请广大市民不信谣不传谣。', true")
	x.leads(func() { x.click("button.main") })
	if n := eval[int](x, "document.querySelectorAll('.lint-block, .lint-warn').length"); n == 0 {
		s.t.Errorf("the rules have nothing against it:\n%s", x.text("main"))
	}
	eval[bool](x, fmt.Sprintf("document.querySelector('[name=text]').value = %q, true", s.firstStatement()))
	x.leads(func() { x.click("button.main") })
	if eval[int](x, "document.querySelectorAll('.lint-block').length") != 0 {
		s.t.Errorf("the rules do not let it pass:\n%s", x.text("main"))
	}
}

// approve has a second person pass the statement, and holds that the first cannot.
func (s *stage) approve(x *tab, id string) {
	s.t.Helper()
	x.open("/incidents/" + id)
	x.leads(func() { x.click("#speech .rows a") })
	for eval[bool](x, "!!document.querySelector('[value=pass]')") {
		x.leads(func() { x.click("[value=pass]") })
	}
	for n := range eval[int](x, "document.querySelectorAll('[name=confirm]').length") {
		x.click(fmt.Sprintf("label:nth-of-type(%d) > [name=confirm]", n+1))
	}
	x.leads(func() { x.click("form:has([value=approve]) button.main") })
	if got := s.incident(id).Statements; len(got) != 1 || got[0].ApprovedBy != "Wang" {
		s.t.Errorf("after the approval: %+v\n%s", got, x.text("main"))
	}
}

// raise changes the level, which a page that is open in another language shows.
func (s *stage) raise(x, other *tab, id string) {
	s.t.Helper()
	other.open("/incidents/" + id)
	other.stays()
	x.open("/incidents/" + id)
	x.click("#d-level > summary")
	x.choose("#d-level [name=event]", "major")
	x.write("#d-level textarea", "21,000 households, no end in sight")
	x.leads(func() { x.click("#d-level button.main") })
	if !eval[bool](x, "!!document.querySelector('header.incident .badge.l2')") {
		s.t.Errorf("after raising, the page says %q", x.text("header.incident"))
	}
	other.until("document.querySelector('header.incident .badge.l2')")
	other.here()
}

// wrapUp closes the incident and reviews it.
func (s *stage) wrapUp(x, other *tab, id string) {
	s.t.Helper()
	x.open("/incidents/" + id)
	x.click("#d-close > summary")
	x.write("#d-close textarea", "The water is clean again, and people were told.")
	x.leads(func() { x.click("#d-close button.danger") })
	if in := s.incident(id); in.Open() {
		s.t.Fatalf("after closing, it is open:\n%s", x.text("main"))
	}
	other.until("!document.querySelector('#d-close') && document.querySelector('header.incident .tag')?.textContent.includes('已结案')")
	other.here()
	other.leads(func() { other.click(".papers [href$=review]") })
	other.write("form:has([name=kind]:not([type=hidden])) textarea", "供水热线占线两小时，下次先加开坐席。")
	other.leads(func() { other.click("form:has(select[name=kind]) button") })
	other.says("main", "先加开坐席")
	if n := len(s.incident(id).Findings); n != 1 {
		s.t.Errorf("%d findings after one was written down", n)
	}
}
