package reading

import (
	"testing"

	"watchfire/crisis"
)

// TestChained holds that what somebody writes and what they quote are told apart.
func TestChained(t *testing.T) {
	for _, x := range []struct {
		text, own, quoted string
		ok                bool
	}{
		{"自来水发黄了", "", "", false},
		{"转发微博//@云川发布:供水已恢复", "", "", false},
		{"骗人!//@云川发布:供水已恢复", "骗人!", "供水已恢复", true},
		{"还是黄的//@老王:真的吗//@云川发布:供水已恢复", "还是黄的", "真的吗 供水已恢复", true},
		{"气死//@user", "气死", "", false},
	} {
		own, quoted, ok := chained(fold(x.text))
		if own != x.own || quoted != x.quoted || ok != x.ok {
			t.Errorf("%s: %q and %q, %v; want %q and %q, %v", x.text, own, quoted, ok, x.own, x.quoted, x.ok)
		}
	}
}

// TestScoredApart holds that an angry comment on good news is read as negative.
func TestScoredApart(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	rd := r.Read(&crisis.Post{Text: "气死我了，全是骗人的，太恶心了//@云川发布:感谢大家的支持，供水已经全部恢复，非常开心"})
	if rd.Own == nil || rd.Quoted == nil {
		t.Fatal("the repost is not taken apart")
	}
	if rd.Own.Negative <= rd.Quoted.Negative || rd.Own.Negative < 0.5 || rd.Quoted.Positive < 0.5 {
		t.Errorf("own %+v, quoted %+v", *rd.Own, *rd.Quoted)
	}
	if rd.Mood != crisis.Negative {
		t.Errorf("an angry comment on good news is %s", rd.Mood)
	}
	if rd := r.Read(&crisis.Post{Text: "今天天气不错"}); rd.Own != nil || rd.Quoted != nil {
		t.Error("a post of its own is taken apart")
	}
}
