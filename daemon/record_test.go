package daemon

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// TestRecord holds that drafts are checked against all that the configuration knows, and
// that nobody reads there whom it protects.
func TestRecord(t *testing.T) {
	s := newSpeech(t)
	s.d.cfg.Record = Record{
		Account: "小编的日常", Names: []string{"云川市青溪区供水公司"}, Phones: []string{"138-0013-8000"}, Platforms: []string{"weibo_fold"},
		Complainants: []crisis.Secret{"赵六顺"}, AI: true,
	}
	in := s.incident()
	text := firstText + "\n云川市青西区供水公司，联系电话13800138000、13900139000，投诉人赵六顺反映属实。" + strings.Repeat("情况正在核实。", 40)
	var rules []string
	for _, o := range s.d.Objections(&in, "update", text) {
		rules = append(rules, o.Rule+" "+o.Found)
	}
	got := strings.Join(rules, "\n")
	for _, want := range []string{"form.issuer 小编的日常", "form.name-consistency 云川市青西区供水公司", "pii.mobile 13900139000", "pii.complainant", "赵六顺", "len.platform weibo_fold", "ai.label"} {
		if !strings.Contains(got, want) {
			t.Errorf("not objected to: %s\n%s", want, got)
		}
	}
	if strings.Contains(got, "13800138000") {
		t.Error("a published number is objected to")
	}
	labelled := s.d.Objections(&in, "update", text+"本文由人工智能辅助生成")
	if slices.ContainsFunc(labelled, func(o playbooks.Objection) bool { return o.Rule == "ai.label" }) {
		t.Error("a label is not seen")
	}
	if all := fmt.Sprintf("%v %+v %#v", s.d.cfg.Record, s.d.cfg.Record, s.d.cfg.Record); strings.Contains(all, "赵六顺") {
		t.Error("the configuration prints whom it protects")
	}
}
