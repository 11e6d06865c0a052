package reading

import (
	"unicode/utf8"

	"watchfire/crisis"
)

// scratch is the memory one reading works in; it is reused.
type scratch struct {
	runes []rune  // folded, one for each rune of the text
	class []class // of each rune
	ends  []int32 // byte offset behind each rune
}

// load decodes title and text.
func (s *scratch) load(p *crisis.Post) {
	s.runes, s.class, s.ends = s.runes[:0], s.class[:0], s.ends[:0]
	if p.Title != "" {
		s.decode(p.Title)
		if p.Text != "" {
			s.decode("\n")
		}
	}
	s.decode(p.Text)
}

// decode appends a text.
func (s *scratch) decode(text string) {
	t := runeTables()
	var at int32
	if n := len(s.ends); n > 0 {
		at = s.ends[n-1]
	}
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		f, c := t.foldAny(r)
		i += n
		s.runes = append(s.runes, f)
		s.class = append(s.class, c)
		s.ends = append(s.ends, at+int32(i))
	}
}

// lang tells the language by its script.
func (s *scratch) lang() string {
	var n [classEmoji + 1]int
	for _, c := range s.class {
		n[c]++
	}
	letters := n[classHan] + n[classAlpha] + n[classScript]
	switch {
	case letters == 0:
		return "und"
	case n[classHan]*5 >= letters && n[classScript]*4 <= n[classHan]:
		return "zh"
	case n[classAlpha]*10 >= letters*9:
		return "en"
	}
	return "und"
}
