package crawlers

import (
	"strings"
	"testing"

	"watchfire/crisis"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"<p>青溪区<b>今晚</b>停水</p><script>x</script>": "青溪区今晚停水", "a&amp;lt;b": "a&lt;b", "　　正文　": "正文", "x<br>y": "x\ny", "1 < 2": "1 < 2",
		"水压<b 很低": "水压<b 很低", "<style>p{}</style><p>一</p><p>二</p>": "一\n二", "<aside class=quote>旧话</aside>新话": "新话", "<td>甲</td><td>乙</td>": "甲 乙",
		"a\x00b\x07c": "a b c", "e\u0301": "é", "<!-- 注 -->文": "文", "\u200b\ufeff文": "文", "<noscript>请开启脚本</noscript>文": "文", "&nbsp;文&nbsp;": "文",
	} {
		if got := Plain(in); got != want {
			t.Errorf("Plain(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Plain(strings.Repeat("水", longest)); len(got) > longest || strings.Contains(got, "\ufffd") {
		t.Errorf("a long text gives %d bytes", len(got))
	}
}

func TestCount(t *testing.T) {
	for in, want := range map[string]int64{
		"1.2K": 1200, "6.74K": 6740, "1.1M": 1_100_000, "123万": 1_230_000, "1.2亿": 120_000_000, "1.13亿": 113_000_000, "1233 万热度": 12_330_000, "7386万": 73_860_000, "1675 万热度": 16_750_000, "3亿次播放": 300_000_000,
		"1,024": 1024, "12w+": 120_000, "9007199254740993": 9007199254740993, "0": 0, "": 0, "-5": 0, "NaN": 0, "inf": 0, "0x10": 0, "热": 0, "99999999亿": 0, "99999999999999999999": 0,
	} {
		if got := count(in); got != want {
			t.Errorf("count(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestAddress(t *testing.T) {
	const base = "https://user:pw@example.cn/list/?token=secret"
	for in, want := range map[string]string{
		"/n/1?utm_source=x&id=7&spm=a.b": "https://example.cn/n/1?id=7", "../a": "https://example.cn/a", "//b.cn/x#top": "https://b.cn/x", "https://b.cn/#/detail/5": "https://b.cn/#/detail/5",
		"https://me:pw@b.cn/": "https://b.cn/", "javascript:void(0)": "", "data:text/html,x": "", "ftp://b.cn/": "", "mailto:a@b.cn": "", "": "", "#top": "", "http://": "", "http://%zz/": "",
		"/search?q=%CB%D1": "https://example.cn/search?q=%CB%D1", "/" + strings.Repeat("x", longestAddress): "",
	} {
		if got := address(base, in); got != want {
			t.Errorf("address(%.60q) = %q, want %q", in, got, want)
		}
	}
}

// TestFinish holds what may be stored of what sources say of people.
func TestFinish(t *testing.T) {
	posts := []crisis.Post{{
		ID: strings.Repeat("x", 999), Kind: "<script>", Lang: strings.Repeat("z", 99), Title: "联系13800001234", Place: "青溪区",
		Text: "请打138-0000-1234或13900001234、13700001234，身份证11010519491231002X，邮箱zhang.san@example.com.cn；热线12345，电话0571-88880000，编号202611220001",
	}}
	finish(posts)
	p := posts[0]
	if want := "请打***或***、***，身份证***，邮箱***；热线12345，电话0571-88880000，编号202611220001"; p.Text != want {
		t.Errorf("text %q, want %q", p.Text, want)
	}
	if p.Title != "联系***" || p.Kind != "" || len(p.ID) > 200 || len(p.Lang) > 35 || p.Place != "青溪区" {
		t.Errorf("post %+v", p)
	}
}
