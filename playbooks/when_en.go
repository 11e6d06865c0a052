package playbooks

import (
	"regexp"
	"strings"

	"watchfire/crisis"
)

var (
	enOwes = regexp.MustCompile(`\b(?:will|shall|expected|expects?|plans? to|plan(?:ned|s)? for|aims? to|aiming to|(?:is|are) due to|intends? to|going to|promises?|hopes? to|should (?:resume|reopen|return)|should be (?:back|restored|repaired|completed|ready|open|available|published)|(?:is|are) to be|(?:is|are) due (?:by|on|at|in|within|before|today|tonight|tomorrow|to be)|takes? place|next (?:update|statement|report|bulletin|briefing|press conference)|updates? every)\b|'ll\b|\b(?:hourly|daily) updates?\b`)
	enActs = regexp.MustCompile(`\b(?:publish|update|post|report|issue|release|repl|respond|answer|restor|repair|complet|inform|announc|statement|result|finding|briefing|press conference|get back to you|be back|back on|back for|power back|water back|made public|make public|reopen|resum|refund|contact (?:you|every|each|all|affected|them|those|the (?:famil|resident|owner|customer))|call you|speak to|visit|inspect|clarif|in touch|fix)`)

	// Before the word that says what will be: requests, words of others, what was, and
	// what will not be.
	enAsked  = regexp.MustCompile(`\b(?:please|must|can|may|are asked|are requested)\b|\b(?:you|residents?|applicants?|parents|visitors) (?:will|shall) (?:need|have) to\b`)
	enTold   = regexp.MustCompile(`\b(?:as of|published|issued|released|replied|broke out|was|were|had|has been|have been)\b`)
	enOthers = regexp.MustCompile(`\b(?:residents?|parents?|users?|posts?|media|neighbou?rs?|experts?|they|he|she|someone|people|netizens?) (?:says?|said|claim(?:s|ed)?|reported|think|believe|demand(?:s|ed)?)\b|\bclaims? that\b|\brumou?rs?\b|\b(?:is|are) (?:false|untrue|not true)\b`)
	enRefuse = regexp.MustCompile(`\b(?:will not|won't|cannot|can't|unable to|not (?:yet )?(?:known|clear|certain|say)|whether|no promise|did not|do not|never|if|unless)\b`)
	enCourts = regexp.MustCompile(`\bplease (?:note that|be assured that|rest assured that)`)

	enResult = regexp.MustCompile(`result|finding|conclusion|(?:full|final) report|investigation|inquiry|review`)
	enUpdate = regexp.MustCompile(`update|statement|bulletin|briefing|press conference|progress|report again`)
	enRepair = regexp.MustCompile(`restor|repair|complet`)

	enBreaks = regexp.MustCompile(`[;:] |, (?:and |but |while )?(?:we|it|they|the|a|you)\b| (?:and|but|while) (?:we|it|they|you) `)
	enAnd    = regexp.MustCompile(` and `)
	enListed = regexp.MustCompile(`^,? ?(?:and )?(?:at |by |on )?$`)
	enBeside = regexp.MustCompile(`^,? ?(?:at|by|on|of|before|in|the|no later than)?(?: the)? ?$`)
	enSpan   = regexp.MustCompile(`^ ?(?:to|until|and|-|–) ?$`)
)

// english reads the promises of a sentence.
func (c calendar) english(sentence string) []Given {
	clauses := enHalves.Replace(enCourts.ReplaceAllString(strings.ToLower(sentence), ""))
	var out []Given
	for clause := range strings.SplitSeq(clauses, ";") {
		from := 0
		for _, t := range c.englishTimes(clause) {
			mark := enOwes.FindAllStringIndex(clause[:t.end], -1)
			if t.every == 0 && len(mark) == 0 || !enActs.MatchString(clause) || !enPromised(clause, mark, t) {
				continue
			}
			until := len(clause)
			for _, ends := range []*regexp.Regexp{enBreaks, enAnd} {
				if next := ends.FindStringIndex(clause[t.end:]); next != nil {
					until = min(until, t.end+next[0])
				}
			}
			said := clause[from:until]
			from = t.end
			kind := enKind(said)
			if kind == "" {
				kind = enKind(clause)
			}
			out = append(out, Given{Kind: kind, Due: t.due, Every: t.every})
		}
	}
	return out
}

// enPromised says whether nothing around a time takes the promise back.
func enPromised(clause string, mark [][]int, t timeAt) bool {
	at := t.begin
	if len(mark) > 0 {
		at = min(at, mark[len(mark)-1][0])
	}
	from, until := 0, len(clause)
	for _, b := range enBreaks.FindAllStringIndex(clause, -1) {
		switch {
		case b[1] <= at && b[0] > from:
			from = b[0]
		case b[0] >= t.end && b[0] < until:
			until = b[0]
		}
	}
	return !enAsked.MatchString(clause[from:t.begin]) && !enTold.MatchString(clause[from:at]) &&
		!enOthers.MatchString(clause[from:until]) && !enRefuse.MatchString(clause[from:t.begin])
}

// enKind says what a clause promises, "" when it does not say.
func enKind(clause string) string {
	switch {
	case enUpdate.MatchString(clause) && !enRepair.MatchString(clause) && !enResult.MatchString(clause):
		return crisis.PromiseUpdate
	case enResult.MatchString(clause):
		return crisis.PromiseResult
	case enActs.MatchString(clause):
		return crisis.PromiseFollowUp
	}
	return ""
}
