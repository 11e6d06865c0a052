package playbooks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// toll is a number that is compared between statements, as it stands before the word
// that it counts, behind it, or in 3死5伤.
type toll struct {
	before, after *regexp.Regexp
	pair          int // group of tollPair, 0 for none
}

// A number in digits or in words. A measure word makes it a count: 5日死亡证明 and
// 三甲医院 count nobody.
const (
	tollDigits  = `[\d,]+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+`
	tollNumber  = `(` + tollDigits + `)\s?(余|多)?(万)?(余|多)?\s?`
	tollMeasure = `(名|人|例|位)`
)

var (
	tolls = []toll{
		{tollBefore("死亡|遇难|身亡"), tollAfter("死亡|遇难|身亡"), 1},
		{tollBefore("受伤|伤者"), tollAfter("受伤|伤者"), 2},
		{tollBefore("失联"), tollAfter("失联"), 0},
		{tollBefore("被困"), tollAfter("被困"), 0},
		{tollBefore("就医|住院"), tollAfter("就医|住院"), 0},
		{regexp.MustCompile(tollNumber + `(家|个)?[^，。；、\d\n]{0,4}(户)`), tollAfter("户"), 0},
	}
	tollPair = regexp.MustCompile(`(` + tollDigits + `)死(` + tollDigits + `)伤`)
)

func tollBefore(words string) *regexp.Regexp {
	return regexp.MustCompile(tollNumber + tollMeasure + `[^，。；、\d\n]{0,6}(` + words + `)`)
}

func tollAfter(words string) *regexp.Regexp {
	return regexp.MustCompile(`(` + words + `)[^，。；、\d\n]{0,8}?` + tollNumber + `(名|人|例|位|户)`)
}

var (
	// corrects says beside a number why it fell; recovers in its own sentence, because
	// people who came out of hospital do not make the dead fewer.
	corrects = regexp.MustCompile(`更正|核减|重复|口径|核对|复核|核实后`)
	recovers = regexp.MustCompile(`出院|脱险|获救|救出|找到|治愈|转移|减少|调整`)
	restores = regexp.MustCompile(`恢复`)
	// toldBefore is a number that an earlier statement gave.
	toldBefore = regexp.MustCompile(`此前|先前|之前通报|昨[日天]|首次通报|上次通报`)
)

// count returns the number that a text gives for a toll and where; false when it gives
// none. What it says of earlier statements counts only when there is nothing else.
func (t toll) count(text string) (n, from, to int, ok bool) {
	plain, places := plainDigits(text)
	take := func(at []int, group int) bool {
		if len(at) == 0 {
			return false
		}
		v, good := tollAt(plain, at, group)
		old := toldBefore.MatchString(clauseBefore(plain, at[0]))
		if !good || ok && old {
			return false
		}
		n, from, to, ok = v, places[at[0]], places[at[1]], true
		return !old
	}
	for _, at := range t.before.FindAllStringSubmatchIndex(plain, mostFound) {
		if take(at, 1) {
			return n, from, to, ok
		}
	}
	for _, at := range t.after.FindAllStringSubmatchIndex(plain, mostFound) {
		if take(at, 2) {
			return n, from, to, ok
		}
	}
	if t.pair > 0 {
		if at := tollPair.FindStringSubmatchIndex(plain); at != nil {
			take(at, t.pair)
		}
	}
	return n, from, to, ok
}

// clauseBefore is what stands before a place since the last comma or full stop.
func clauseBefore(text string, at int) string {
	before := text[:at]
	if i := strings.LastIndexAny(before, "，。；\n"); i >= 0 {
		before = before[i:]
	}
	return before
}

// tollAt reads the number in the given group of a match, and the 万 two groups behind.
func tollAt(text string, at []int, group int) (int, bool) {
	word := text[at[2*group]:at[2*group+1]]
	if strings.HasSuffix(text[:at[2*group]], "第") || strings.HasPrefix(text[at[2*group+1]:], "人民") { // 第一人民医院
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(word, ",", ""), 64)
	if err != nil {
		if n = float64(numberOf(word)); n == 0 {
			return 0, false
		}
	}
	if more := 2 * (group + 2); more < len(at) && at[more] >= 0 {
		n *= 10_000
	}
	return int(n), n < 1e9
}

// shrunk finds numbers of casualties below those of an earlier statement that nothing
// explains.
func shrunk(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil {
		return nil
	}
	var out []Objection
	for i, t := range tolls {
		now, from, to, ok := t.count(d.Text)
		if !ok {
			continue
		}
		said, beside := sentenceAround(d.Text, from)
		if corrects.MatchString(beside) || recovers.MatchString(said) || i == len(tolls)-1 && restores.MatchString(said) {
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

// sentenceAround is the sentence that has a place of a text, and the same with its
// neighbours.
func sentenceAround(text string, at int) (said, beside string) {
	all := sentencesOf(text)
	for i, s := range all {
		if s.from <= at && at < s.to {
			return s.text, text[all[max(i-1, 0)].from:all[min(i+1, len(all)-1)].to]
		}
	}
	return text, text
}
