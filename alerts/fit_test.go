package alerts

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFitBytes(t *testing.T) {
	for _, c := range []struct {
		name, text, end string
		n               int
		want            string
	}{
		{"all of it", "一。二。", "编号：1", 100, "一。二。\n编号：1"},
		{"to the byte", "一。", "x", 8, "一。\nx"},
		{"a byte less", "一。", "x", 7, "…\nx"},
		{"nothing", "", "", 0, ""},
		{"no end", "一二三四", "", 9, "一二…"},
		{"only the end", "", "编号：1", 50, "编号：1"},
		{"at a sentence", "水有怪味。孩子肚子疼，物业说不知道", "#1", 30, "水有怪味。…\n#1"},
		{"at a line", "第一行\n第二行的内容比较长一些", "#1", 24, "第一行…\n#1"},
		{"at an English sentence", "The tap water smells. Children are ill today", "#1", 36, "The tap water smells.…\n#1"},
		{"not at a decimal point", "Now 12.5 times as many people speak", "#1", 20, "Now 12.5 times…\n#1"},
		{"a sentence too early", "短。" + strings.Repeat("长", 30), "#1", 66, "短。" + strings.Repeat("长", 18) + "…\n#1"},
		{"not within an address", "原文 https://bbs.yunchuan.example/t/1234567890", "#1", 40, "原文…\n#1"},
		{"the end is too long", "正文", "https://watch.yunchuan.example/x\n编号：20261119-01", 30, "编号：20261119-01"},
		{"only a beginning of the end", "正文", "编号：20261119-01", 10, "编号：2"},
		{"no part of an emoji", "家👨‍👩‍👧", "", 16, "家…"},
		{"no half of a flag", "队🇨🇳🇨🇳", "", 18, "队🇨🇳…"},
		{"no letter without its sign", "कि", "", 5, "…"},
		{"no half of a syllable", "a\u1112\u1161\u11ab\u1112\u1161", "", 12, "a…"},
		{"no emoji without its colour", "好👍🏽", "", 10, "好…"},
		{"invalid UTF-8", "a\xffb", "c\xfe", 10, "ab\nc"},
	} {
		if got := FitBytes(c.text, c.end, c.n); got != c.want || len(got) > c.n {
			t.Errorf("%s: FitBytes = %q of %d bytes, want %q", c.name, got, len(got), c.want)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("水有怪味。孩子肚子疼 https://a.example/b\n第二行", "https://watch.example/1\n编号：1", 40)
	f.Add("a\u0301\u200d👩", "", 3)
	f.Add("\xff", "\xff\n", 1)
	f.Fuzz(func(t *testing.T, text, end string, n int) {
		n = min(max(n, 0), 5000)
		got := FitBytes(text, end, n)
		if len(got) > n || !utf8.ValidString(got) {
			t.Fatalf("FitBytes(%q, %q, %d) = %q of %d bytes", text, end, n, got, len(got))
		}
		end = strings.ToValidUTF8(end, "")
		if last := end[strings.LastIndexByte(end, '\n')+1:]; len(last) <= n && !strings.HasSuffix(got, last) {
			t.Fatalf("FitBytes(%q, %q, %d) = %q lost its last line", text, end, n, got)
		}
		text = strings.ToValidUTF8(text, "")
		if body, cut := strings.CutSuffix(got, "…\n"+end); cut && end != "" && !strings.HasPrefix(text, body) {
			t.Fatalf("FitBytes(%q, %q, %d) = %q made text up", text, end, n, got)
		}
		if again := FitBytes(got, "", n); again != got {
			t.Fatalf("FitBytes(%q, \"\", %d) = %q", got, n, again)
		}
	})
}

// TestCut shortens to characters as people see them.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"水有怪味", 4, "水有怪味"},
		{"水有怪味", 3, "水有…"},
		{"水有怪味", 0, "…"},
		{"水👨‍👩‍👧来", 4, "水…"},
		{"🇨🇳🇨🇳🇨🇳", 4, "🇨🇳…"},
		{"e\u0301e\u0301e\u0301", 4, "e\u0301…"},
		{strings.Repeat("\u0301", 9), 4, strings.Repeat("\u0301", 3) + "…"},
	} {
		if got := Cut(c.text, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}
