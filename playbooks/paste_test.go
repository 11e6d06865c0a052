package playbooks

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestPastes holds that a cut version fits, and keeps headline, promise and contact.
func TestPastes(t *testing.T) {
	text := "关于自来水异味的情况说明\n8月5日17时起，部分小区自来水有异味，给大家带来不便，我们深表歉意。供水公司已派出抢修人员到现场排查，水样已送检。初步排查涉及三个小区约两千户，其他区域供水正常，请大家不必担心也不必抢购。取水点设在三个小区南门，二十四小时有人值守。我们将于今日22时前发布最新情况。咨询电话：0000-0000000。\n云川市新闻办　8月5日20时10分"
	seen := map[string]bool{}
	for _, p := range shipped().Pastes(text) {
		seen[p.Platform] = true
		if utf8.RuneCountInString(p.Text) > p.Limit {
			t.Errorf("%s: %d characters of %d", p.Platform, utf8.RuneCountInString(p.Text), p.Limit)
		}
		if p.Limit >= 140 && (!strings.Contains(p.Text, "情况说明") || !strings.Contains(p.Text, "22时前发布") || !strings.Contains(p.Text, "0000-0000000")) {
			t.Errorf("%s lost what matters: %q", p.Platform, p.Text)
		}
		if p.Limit >= 2000 && (p.Text != text || p.Left != 0) {
			t.Errorf("%s: cut without need", p.Platform)
		}
		if p.Limit == 140 && p.Left == 0 {
			t.Errorf("%s: says that nothing was left out", p.Platform)
		}
	}
	if !seen["weibo_post"] || !seen["weibo_fold"] {
		t.Errorf("platforms %v", seen)
	}
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.IntRange(1, 80).Draw(r, "limit")
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"一句话。", "我们将于8月6日前发布。", "电话12345。", "\n", "很长很长很长很长很长很长的一句话。"})).Draw(r, "text"), "")
		if cut, _ := shortened(s, limit); utf8.RuneCountInString(cut) > limit {
			r.Fatalf("%q is longer than %d", cut, limit)
		}
	})
}
