package playbooks

import "strings"

// personal finds what tells of a person. Where the pattern has a group called found, the
// rest of a match only bounds it, and may bound the next one too. A number on the white
// list is passed over.
func (r *ReplyRule) personal(d *Draft) []Objection {
	text, places := plainDigits(d.Text)
	group := max(2*r.re.SubexpIndex("found"), 0)
	var out []Objection
	for pos := 0; pos < len(text) && len(out) < mostFound; {
		at := r.re.FindStringSubmatchIndex(text[pos:])
		if at == nil {
			break
		}
		from, to := at[group], at[group+1]
		if to <= from {
			break
		}
		if found := text[pos+from : pos+to]; r.ID != "pii.mobile" || !d.Desk.published(found) {
			out = append(out, Objection{From: places[pos+from], To: places[pos+to]})
		}
		pos += to
	}
	return out
}

// plainDigits writes digits, blanks, dashes and the X of full width or of other kinds as
// the plain ones; places are the bytes of the text at which each byte of it began.
func plainDigits(text string) (plain string, places []int) {
	var b strings.Builder
	places = make([]int, 0, len(text)+1)
	for i, r := range text {
		switch {
		case r >= '０' && r <= '９':
			r += '0' - '０'
		case r == '\u3000' || r == '\u00a0' || r == '\u2009' || r == '\u202f' || r == '\u200b':
			r = ' '
		case r == '－' || r >= '\u2010' && r <= '\u2015' || r == '−':
			r = '-'
		case r == 'Ｘ' || r == 'ｘ':
			r = 'X'
		case r == '＋':
			r = '+'
		}
		n, _ := b.WriteRune(r)
		for range n {
			places = append(places, i)
		}
	}
	return b.String(), append(places, len(text))
}
