package playbooks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// toll is a number that is compared between statements, as it stands before the word
// that it counts, or behind it.
type toll struct{ before, after *regexp.Regexp }

// A number in digits, or in words with the measure word that makes them a count.
const tollNumber = `([\d,]+(?:\.\d+)?|[一二两三四五六七八九十百千万]+)\s?(余|多)?(万)?(余|多)?\s?`

var tolls = []toll{tollOf("死亡|遇难|身亡"), tollOf("受伤|伤者"), tollOf("失联"), tollOf("被困"), tollOf("就医|住院"), tollOf("户")}

func tollOf(words string) toll {
	return toll{
		regexp.MustCompile(tollNumber + `(名|人|例|位)?[^，。；、\d\n]{0,6}(` + words + `)`),
		regexp.MustCompile(`(` + words + `)[^，。；、\d\n]{0,4}?` + tollNumber + `(名|人|例|位|户)`),
	}
}

var (
	// corrects says anywhere in a text why a number fell; recovers in its own sentence,
	// because people who came out of hospital do not make the dead fewer.
	corrects = regexp.MustCompile(`更正|核减|重复|口径|核对|复核|核实后`)
	recovers = regexp.MustCompile(`出院|脱险|获救|救出|找到|治愈|转移|减少|调整`)
	restores = regexp.MustCompile(`恢复`)
)

// count returns the number that a text gives for a toll and where; false when it gives
// none.
func (t toll) count(text string) (n, from, to int, ok bool) {
	for _, at := range t.before.FindAllStringSubmatchIndex(text, mostFound) {
		if n, ok := tollAt(text, at, 1, at[10] >= 0 || strings.HasSuffix(text[at[0]:at[1]], "户")); ok {
			return n, at[0], at[1], true
		}
	}
	for _, at := range t.after.FindAllStringSubmatchIndex(text, mostFound) {
		if n, ok := tollAt(text, at, 2, true); ok {
			return n, at[0], at[1], true
		}
	}
	return 0, 0, 0, false
}

// tollAt reads the number in the given group of a match, and the 万 two groups behind.
// A number in words needs a measure word: 三甲医院 counts nobody.
func tollAt(text string, at []int, group int, measured bool) (int, bool) {
	word := text[at[2*group]:at[2*group+1]]
	n, err := strconv.ParseFloat(strings.ReplaceAll(word, ",", ""), 64)
	if err != nil {
		if n = float64(numberOf(word)); n == 0 || !measured {
			return 0, false
		}
	}
	if at[2*(group+2)] >= 0 {
		n *= 10_000
	}
	return int(n), n < 1e9
}

// shrunk finds numbers of casualties below those of an earlier statement that nothing
// explains.
func shrunk(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil || corrects.MatchString(d.Text) {
		return nil
	}
	var out []Objection
	for i, t := range tolls {
		now, from, to, ok := t.count(d.Text)
		if !ok {
			continue
		}
		said := sentenceAround(d.Text, from)
		if recovers.MatchString(said) || i == len(tolls)-1 && restores.MatchString(said) {
			continue
		}
		for _, earlier := range slices.Backward(d.Desk.Previous) {
			if was, _, _, known := t.count(earlier); known {
				if now < was {
					out = append(out, Objection{From: from, To: to, Found: d.Text[from:to] + " < " + strconv.Itoa(was)})
				}
				break
			}
		}
	}
	return out
}

// sentenceAround is the sentence that has a place of a text.
func sentenceAround(text string, at int) string {
	for _, s := range sentencesOf(text) {
		if s.from <= at && at < s.to {
			return s.text
		}
	}
	return text
}
