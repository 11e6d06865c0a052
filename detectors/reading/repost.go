package reading

import (
	"strings"
	"unicode/utf8"

	"watchfire/crisis"
)

// ownWords returns what the author of a repost wrote: the folded text before the
// first //@name:, by which emerging phrases are counted. A repost without words of
// its own passes on what it quotes, so then the quoted part is returned.
//
// Topics are matched on the whole text: people comment on a quoted event without
// naming it again.
func ownWords(text string) string {
	own, quoted, ok := strings.Cut(text, "//@")
	if !ok {
		return text
	}
	if said(own) {
		return own
	}
	for {
		_, words, _ := strings.Cut(quoted, ":") // behind the name
		part, rest, more := strings.Cut(words, "//@")
		if said(part) || !more {
			return part
		}
		quoted = rest
	}
}

// clearly is the probability from which on the own words of a repost, if they are four
// characters at least, are clearly negative.
const (
	clearly  = 0.8
	ownRunes = 4
)

// emotionOf reads a folded text, with what it quotes: people mean what they pass on, and
// labelled reposts are read worse by their own words alone. But who is clearly negative
// about good news is not happy, so then the own words decide (docs/mood.md).
func emotionOf(m *Model, text string) crisis.Emotion {
	if own, _, ok := strings.Cut(text, "//@"); ok && utf8.RuneCountInString(own) >= ownRunes && said(own) {
		if e := m.Emotion(own); m.Odds(e).Negative >= clearly {
			return e
		}
	}
	return m.Emotion(text)
}

// chained splits a repost with words of its own into these and what it quotes, without
// the names of those who are quoted.
func chained(text string) (own, quoted string, ok bool) {
	own, chain, ok := strings.Cut(text, "//@")
	if !ok || !said(own) {
		return "", "", false
	}
	var parts []string
	for part := range strings.SplitSeq(chain, "//@") {
		if _, words, named := strings.Cut(part, ":"); named && speaks(words) {
			parts = append(parts, strings.TrimSpace(words))
		}
	}
	return own, strings.Join(parts, " "), len(parts) > 0
}

// automatic are the words that sites put into a repost without comment.
var automatic = strings.NewReplacer("转发微博", "", "转发", "", "repost", "", "reposted", "", "rt", "")

// said says whether a part of a repost has words of its author, other than the
// automatic ones and names.
func said(part string) bool {
	for w := range strings.FieldsSeq(automatic.Replace(part)) {
		if strings.HasPrefix(w, "@") || strings.HasPrefix(w, "回复@") {
			_, w, _ = strings.Cut(w, ":")
		}
		if speaks(w) {
			return true
		}
	}
	return false
}
