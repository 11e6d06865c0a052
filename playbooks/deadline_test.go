package playbooks

import (
	"testing"
	"time"

	"watchfire/crisis"
)

// TestAnchor holds from when each rule runs, as its own words say.
func TestAnchor(t *testing.T) {
	for _, x := range []struct {
		d    Deadline
		want crisis.Anchor
	}{
		{Deadline{Start: "unspecified"}, crisis.FromEarlier},
		{Deadline{Start: "事故发生之日"}, crisis.FromHappened},
		{Deadline{Start: "发现或获知"}, crisis.FromNoticed},
		{Deadline{Start: "单位负责人接到报告"}, crisis.FromNoticed},
		{Deadline{Start: "受理"}, crisis.FromEarlier},
		{Deadline{Start: "发现", From: crisis.FromHappened}, crisis.FromHappened},
	} {
		if got := x.d.anchor(); got != x.want {
			t.Errorf("%q runs from %q, want %q", x.d.Start, got, x.want)
		}
	}
}

// TestRedLineOf holds that working days and the rule's own words reach the incident.
func TestRedLineOf(t *testing.T) {
	l := shippedLibrary(t)
	site, _ := l.Deadline("cn-site-error-3wd")
	if r := site.redLine(); r.Workdays != 3 || r.Limit != 0 || r.From != crisis.FromNoticed || r.Start != "收到" || !site.clock() {
		t.Errorf("three working days became %+v", r)
	}
	five, _ := l.Deadline("cn-80-authoritative-5h")
	if r := five.redLine(); r.Limit != 5*time.Hour || r.From != crisis.FromEarlier || r.Start != "" {
		t.Errorf("five hours became %+v", r)
	}
	before, _ := l.Deadline("cn-water-planned-24h")
	if before.clock() {
		t.Error("a notice period runs as a clock")
	}
}
