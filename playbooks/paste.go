package playbooks

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Paste is a statement cut to what a platform shows, ready to be pasted.
type Paste struct {
	Platform string
	Limit    int // characters, from memory: platforms change them
	Text     string
	Left     int // sentences that were left out
}

var reachable = regexp.MustCompile(`电话|热线|咨询|求助|12345|\d{3,4}-\d{7,8}`)

// Platforms are the names of the places of which the rules know a limit.
func (l *Library) Platforms() []string {
	i := slices.IndexFunc(l.replies, func(r ReplyRule) bool { return r.ID == "len.platform" })
	if i < 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(l.replies[i].Limits))
}

// Pastes returns a version of a statement for each platform that the rules know a limit
// of, the shortest first. What does not fit is left out by sentences: the headline, the
// promise of news, the contact and the signature stay before anything else.
func (l *Library) Pastes(text string) []Paste {
	i := slices.IndexFunc(l.replies, func(r ReplyRule) bool { return r.ID == "len.platform" })
	if i < 0 {
		return nil
	}
	limits := l.replies[i].Limits
	var out []Paste
	for _, p := range slices.Sorted(maps.Keys(limits)) {
		cut, left := shortened(text, limits[p])
		if cut != "" {
			out = append(out, Paste{p, limits[p], cut, left})
		}
	}
	slices.SortStableFunc(out, func(a, b Paste) int { return a.Limit - b.Limit })
	return out
}

// shortened cuts a text to so many characters by whole sentences, in their order.
func shortened(text string, limit int) (cut string, left int) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) <= limit {
		return text, 0
	}
	all := sentencesOf(text)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int {
		switch s := all[i].text; {
		case i == 0, owes(s):
			return 0
		case reachable.MatchString(s), i == len(all)-1:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	room := limit
	keep := make([]bool, len(all))
	for _, i := range order {
		if n := utf8.RuneCountInString(text[all[i].from:all[i].to]); n <= room {
			keep[i], room = true, room-n
		}
	}
	var b strings.Builder
	for i, s := range all {
		if keep[i] {
			b.WriteString(text[s.from:s.to])
			continue
		}
		left++
	}
	return strings.TrimSpace(b.String()), left
}
