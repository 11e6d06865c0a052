package crawlers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestCharset(t *testing.T) {
	const want = "云川市自来水公司喆堃㙟"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, kind string }{
		"meta gb2312":               {`<meta charset="gb2312"><p>` + gb, "text/html"},
		"header gbk":                {"<p>" + gb, "text/html; charset=GBK"},
		"header lies":               {`<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>` + gb, "text/html; charset=utf-8"},
		"nothing said":              {"<p>" + gb, "text/html"},
		"prolog":                    {`<?xml version="1.0" encoding="gb2312"?><p>` + gb, "text/xml"},
		"utf-8 says gbk":            {"<p>" + want, "text/html; charset=utf-8"},
		"header lies the other way": {"<p>" + want, "text/html; charset=gb2312"},
		"both lie":                  {`<meta charset="gbk"><p>` + want, "text/html; charset=gbk"},
		"a server's default":        {`<meta charset="gbk"><p>` + gb, "text/html; charset=ISO-8859-1"},
		"a default and no meta":     {"<p>" + want, "text/html; charset=iso-8859-1"},
		"every gb label":            {`<meta charset="gb_2312-80"><p>` + gb, "text/html; charset=x-gbk"},
		"csgb2312":                  {"<p>" + gb, "text/html; charset=csGB2312"},
		"gb18030":                   {"<p>" + gb, `text/html; charset="GB18030"`},
		"an unknown label":          {"<p>" + gb, "text/html; charset=nonsense"},
		"a broken header":           {`<meta charset='gbk'><p>` + gb, "text/html; charset"},
		"a page inside JSON":        {`{"html":"<meta charset=\"gb2312\">","t":"x","p":"` + want, "application/json"},
		"byte order mark":           {"\xef\xbb\xbf<p>" + want, "text/html; charset=gbk"},
	} {
		if got := string(toUTF8([]byte(c.body), c.kind)); !strings.HasSuffix(got, want) || strings.Contains(got, "encoding=") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestCharsetFlaws holds that a broken byte costs a character and not the page.
func TestCharsetFlaws(t *testing.T) {
	const said = "云川市自来水公司通报青溪区停水情况"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(said)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, kind string }{
		"utf-8":             {said + "\xe4" + said, "text/html; charset=utf-8"},
		"utf-8, unlabelled": {said + "\xff" + said, ""},
		"gbk":               {gb + "\xff" + gb, "text/html; charset=gbk"},
		"gbk, cut":          {gb + gb + gb[:1], `text/html; charset=gb2312`},
	} {
		got := string(toUTF8([]byte(c.body), c.kind))
		if strings.Count(got, said) < 1 || !utf8.ValidString(got) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCharsetOthers(t *testing.T) {
	const said = "<p>雲川市自來水"
	big5, err := traditionalchinese.Big5.NewEncoder().String(said)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(`<?xml version="1.0" encoding="utf-16"?>` + said)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ body, kind string }{
		"big5": {big5, "text/html; charset=big5"}, "utf-16": {wide, "text/xml"}, "utf-16, marked": {"\xff\xfe" + wide, "text/xml; charset=gbk"},
	} {
		if got := string(toUTF8([]byte(c.body), c.kind)); !strings.HasSuffix(got, said) || strings.Contains(got, "encoding") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
