package reading

import "strings"

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
