package reading

import (
	"testing"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"plain 文字", "plain 文字"},
		{"ABC Äß", "abc äß"},
		{"ＡＢｃ１２！", "abc12!"},
		{"自來水廠", "自来水厂"},
		{"乾隆", "乾隆"}, // simplified texts use 乾 too
		{"a\u200bb\ufeffc\u00ad", "abc"},
		{"x\u3000y", "x y"},
		{"\xff水\xe5", "水"},
	} {
		if got := fold(tc.text); got != tc.want {
			t.Errorf("fold(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestFoldRunes: folding any character twice changes nothing more.
func TestFoldRunes(t *testing.T) {
	for r := range rune(utf8.MaxRune) {
		if once := foldRune(r); once >= 0 && foldRune(once) != once {
			t.Errorf("%U folds to %U and then to %U", r, once, foldRune(once))
		}
	}
}

// FuzzFold: folding is idempotent and gives valid text.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "ＡＢ自來水", "\xff\xfe", "İstanbul ẞ K", "a\u200b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := fold(s)
		if twice := fold(once); twice != once || !utf8.ValidString(once) {
			t.Fatalf("fold(%q) = %q, twice %q", s, once, twice)
		}
	})
}

func TestLanguage(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"自来水有异味", "zh"},
		{"iPhone 发热", "zh"},
		{"the water smells", "en"},
		{"résumé à Zürich", "en"},
		{"The 水 in our district smells of chlorine again", "en"},
		{"がんばってください", "und"},
		{"Привет", "und"},
		{"안녕하세요", "und"},
		{"自来水の味", "zh"},
		{"12345 ！？", "und"},
		{"", "und"},
		{"𠮷野家", "zh"},
	} {
		if got := Language(fold(tc.text)); got != tc.want {
			t.Errorf("Language(%q) = %s, want %s", tc.text, got, tc.want)
		}
	}
}
