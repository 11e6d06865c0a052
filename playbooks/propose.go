package playbooks

import (
	"fmt"
	"time"

	"watchfire/crisis"
)

// metrics measure a signal for the rules of the vocabulary. Each returns the
// value, the number of voices behind it, and false when the signal does not say.
var metrics = map[string]func(s *crisis.Signal, platforms int, window time.Duration) (value float64, items int, ok bool){
	"volume_ratio": func(s *crisis.Signal, _ int, window time.Duration) (float64, int, bool) {
		return ratioOver(s, window), s.Voices, s.Detector == "surge"
	},
	"negative_share": func(s *crisis.Signal, _ int, _ time.Duration) (float64, int, bool) {
		return float64(s.Negative) / float64(max(s.Voices, 1)), s.Voices, s.Voices > 0
	},
	"platforms_hit": func(s *crisis.Signal, platforms int, _ time.Duration) (float64, int, bool) {
		return float64(platforms), s.Voices, platforms > 0
	},
}

// flags are those a detector raises by firing.
var flags = map[string]string{"own_statement_backlash": "statement", "hot_list_local": "board"}

// ratio is how many times the usual count was observed. A usual count below one is
// taken as one, or three posts at night would be an explosion.
func ratio(s *crisis.Signal) float64 { return s.Observed / max(s.Expected, 1) }

// ratioOver says what the signal's ratio is worth over a longer window: at least
// so much, if everything outside the signal's own window was as usual.
func ratioOver(s *crisis.Signal, window time.Duration) float64 {
	r := ratio(s)
	if s.Window <= 0 || s.Window >= window || r <= 1 {
		return r
	}
	return 1 + (r-1)*float64(s.Window)/float64(window)
}

// Propose proposes an opinion level by the shipped rules. See Library.Propose.
func Propose(s crisis.Signal, platforms int) (crisis.Level, Text) {
	return shipped().Propose(s, platforms)
}

// Propose proposes an opinion level (舆情等级) for a signal seen on a number of
// platforms, and says why. The gravest level of which one rule holds
// is proposed, or the detector's own proposal if that is graver; at least IV. A
// person confirms: rules that need a human judgement are not guessed here.
func (l *Library) Propose(s crisis.Signal, platforms int) (crisis.Level, Text) {
	if s.Cue == crisis.CueOld { // what was answered years ago is first to be recognised as such
		return crisis.LevelIV, l.proposal(crisis.LevelIV, Text{ZH: "多数说的是往年旧事，先核对当年的通报", EN: "most of it tells of years long past: compare with what was said then"})
	}
	for _, level := range levels {
		if s.Level == level {
			break // the rules cannot make it graver from here on
		}
		for _, r := range l.words.Rules[level.String()].Any {
			if why, ok := r.holds(&s, platforms); ok {
				return level, l.proposal(level, why)
			}
		}
	}
	if s.Level == crisis.LevelNone {
		return crisis.LevelIV, l.proposal(crisis.LevelIV, l.words.SignalName(s.Detector).say("%s，未达到更高等级的门槛", "%s, below what a graver level asks"))
	}
	why := l.words.SignalName(s.Detector).say("%s信号的强度已达此级", "the signal “%s” is as strong as this level asks")
	if r, ok := l.ruleOf(&s, platforms); ok {
		why = r
	}
	return s.Level, l.proposal(s.Level, why)
}

// proposal words a proposed level and its reason.
func (l *Library) proposal(level crisis.Level, why Text) Text {
	name := l.words.LevelName(level)
	return Text{
		ZH: fmt.Sprintf("建议舆情%s级（%s）：%s", level, name.ZH, why.ZH),
		EN: fmt.Sprintf("opinion level %s (%s) proposed: %s", level, name.EN, why.In("en")),
	}
}

// ruleOf finds the rule behind a level the detector proposes itself.
func (l *Library) ruleOf(s *crisis.Signal, platforms int) (Text, bool) {
	for _, r := range l.words.Rules[s.Level.String()].Any {
		if why, ok := r.holds(s, platforms); ok {
			return why, true
		}
	}
	return Text{}, false
}

// holds says whether the rule holds for a signal, and in which numbers.
func (r *LevelRule) holds(s *crisis.Signal, platforms int) (Text, bool) {
	if r.Flag != "" {
		return r.Text, flags[r.Flag] != "" && flags[r.Flag] == s.Detector
	}
	value, items, ok := metrics[r.Metric](s, platforms, r.Window)
	if !ok || value < r.GTE || items < r.MinItems {
		return Text{}, false
	}
	n := numbers(r.Metric, s, platforms)
	return Text{ZH: r.ZH + "（" + n.ZH + "）", EN: r.In("en") + " (" + n.EN + ")"}, true
}

// numbers shows what was measured, so that a reader can check the rule.
func numbers(metric string, s *crisis.Signal, platforms int) Text {
	switch metric {
	case "volume_ratio":
		zh, en := "不足1条", "fewer than 1"
		if s.Expected >= 1 {
			zh, en = fmt.Sprintf("%.0f条", s.Expected), fmt.Sprintf("%.0f", s.Expected)
		}
		return Text{
			ZH: fmt.Sprintf("近%s%.0f条，平常%s，约%.1f倍", spanZH(s.Window), s.Observed, zh, ratio(s)),
			EN: fmt.Sprintf("%.0f in the last %s, usually %s, about %.1f times", s.Observed, spanEN(s.Window), en, ratio(s)),
		}
	case "negative_share":
		share := percent(float64(s.Negative) / float64(max(s.Voices, 1)))
		return Text{
			ZH: fmt.Sprintf("近%s%d条中负面%d条，占%s", spanZH(s.Window), s.Voices, s.Negative, share),
			EN: fmt.Sprintf("of %d in the last %s %d negative, %s", s.Voices, spanEN(s.Window), s.Negative, share),
		}
	}
	return Text{ZH: fmt.Sprintf("%d个平台，%d条", platforms, s.Voices), EN: fmt.Sprintf("%d platforms, %d voices", platforms, s.Voices)}
}
