package alerts

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"watchfire/crisis"
)

// reasons says what is the matter in one sentence, then why now: what was
// counted, what is usual, by whom, seen how well.
func (t teller) reasons() []string {
	gist := t.gist()
	out := []string{gist}
	why := t.why
	for _, s := range t.a.Signals {
		if s.Detector == "intake" && s.Planned == "" && strings.HasPrefix(gist, t.handed(s)) { // it says no more
			continue
		}
		line := why + t.reason(s)
		if s.Planned != "" {
			line += fmt.Sprintf(t.planned, Clean(s.Planned, 60))
		}
		out = append(out, line)
		why = ""
	}
	if line := t.talk(); line != "" {
		out = append(out, line)
	}
	if len(t.a.BlindSources) > 0 {
		out = append(out, fmt.Sprintf(t.blind, Clean(strings.Join(t.a.BlindSources, t.list), 60)))
	}
	return out
}

// gist is the sentence that a leader is told: how many people, about what, where.
func (t teller) gist() string {
	for _, s := range t.a.Signals {
		var b strings.Builder
		switch s.Detector {
		case "intake":
			b.WriteString(t.handed(s))
		case "surge":
			fmt.Fprintf(&b, t.said, t.span(s.Window), s.Voices, Clean(t.a.Title, 40))
			if s.Negative > 0 {
				fmt.Fprintf(&b, t.negative, s.Negative)
			}
		case "mood":
			fmt.Fprintf(&b, t.turned, Clean(t.a.Title, 40))
		case "board":
			fmt.Fprintf(&b, t.climbed, Clean(t.a.Title, 40), s.Observed)
		case "statement":
			fmt.Fprintf(&b, t.outcry, Clean(t.a.Title, 40))
		default:
			stirred, ok := t.stirred[s.Cue]
			if !ok {
				continue
			}
			fmt.Fprintf(&b, stirred, Clean(t.a.Title, 40))
		}
		if len(s.Sources) > 0 && (s.System == "" || !slices.Contains(s.Sources, s.System)) {
			fmt.Fprintf(&b, t.seenOn, Clean(strings.Join(t.sources(s), t.list), 80))
		}
		return b.String() + t.stop
	}
	return ""
}

// sources names the sources of a signal with their parts, when there are several.
func (t teller) sources(s crisis.Signal) []string {
	if len(s.Sources) < 2 || len(s.Parts) != len(s.Sources) {
		return s.Sources
	}
	out := make([]string, len(s.Sources))
	for i, name := range s.Sources {
		out[i] = fmt.Sprintf(t.part, name, pct(s.Parts[i]))
	}
	return out
}

// talk says in one line what is said now and was not usual, by the signal that is
// nearest to now and knows.
func (t teller) talk() string {
	for _, s := range t.a.Signals {
		if len(s.Phrases) == 0 {
			continue
		}
		var said []string
		for _, p := range s.Phrases {
			said = append(said, fmt.Sprintf(t.quote, Clean(p, 24)))
		}
		return t.talked + strings.Join(said, t.list)
	}
	return ""
}

func (t teller) reason(s crisis.Signal) string {
	from, to := t.clock(s.At.Add(-s.Window)), t.clock(s.At)
	switch s.Detector {
	case "mood":
		low, high := crisis.Wilson(s.Negative, s.Voices)
		return fmt.Sprintf(t.mood, s.Voices, from, s.Negative, pct(s.Observed), pct(low), pct(high), pct(s.Expected))
	case "blind": // of a topic: its numbers are shares of the sources
		return fmt.Sprintf(t.thin, t.span(s.Window), pct(s.Observed))
	case "surge":
		return fmt.Sprintf(t.surge, from, to, s.Observed, t.norm(s)) +
			fmt.Sprintf(t.posts, s.Posts, s.Unique) + fmt.Sprintf(t.coverage, pct(s.Coverage)) + t.retold(s)
	case "emotion", "claim":
		low, high := interval(s)
		return fmt.Sprintf(t.share, t.cues[s.Cue], s.Voices, from, having(s), pct(s.Observed), pct(low), pct(high), pct(s.Expected))
	case "statement":
		low, high := interval(s)
		return fmt.Sprintf(t.answered, t.clock(s.Since), s.Voices, having(s), t.cues[s.Cue], pct(s.Observed), pct(low), pct(high), pct(s.Expected))
	case "board":
		was := t.unlisted
		if s.Expected < s.High {
			was = fmt.Sprintf(t.was, s.Expected)
		}
		return fmt.Sprintf(t.place, from, to, s.Observed, was)
	case "fall":
		return fmt.Sprintf(t.hushed, from, to, s.Observed, t.norm(s))
	case "intake":
		return t.handed(s)
	case "flood":
		return fmt.Sprintf(t.flood, from, to, s.Observed, t.norm(s))
	}
	return Clean(s.Detector, 20) + " " + fmt.Sprintf(t.other, from, to, s.Observed, t.norm(s))
}

// handed says what another system says, in its own words.
func (t teller) handed(s crisis.Signal) string {
	return fmt.Sprintf(t.reports, cmp.Or(Clean(s.System, 30), t.ofSystem), Clean(s.Says, 80))
}

// retold warns that what swells is mostly old news.
func (t teller) retold(s crisis.Signal) string {
	if s.Cue != crisis.CueOld {
		return ""
	}
	return t.stale
}

// having is how many of the voices of a signal have what it looks for.
func having(s crisis.Signal) float64 { return math.Round(s.Observed * float64(s.Voices)) }

// interval is the 95 % interval of their share.
func interval(s crisis.Signal) (low, high float64) { return crisis.Wilson(int(having(s)), s.Voices) }

// norm says what is usual, and how many times that was counted. Below one
// expected a factor would be a big number that means little.
func (t teller) norm(s crisis.Signal) string {
	if s.Expected < 1 {
		return fmt.Sprintf(t.rare, s.High)
	}
	out := fmt.Sprintf(t.usual, s.Expected, s.Low, s.High)
	if s.Observed > s.Expected {
		out += fmt.Sprintf(t.factor, s.Observed/s.Expected)
	}
	return out
}

func (t teller) proof() []line {
	if len(t.a.Evidence) == 0 {
		return nil
	}
	out := plain(t.evidence)
	for i, e := range t.a.Evidence {
		l := line{text: fmt.Sprintf(t.quoted, i+1, Clean(e.Source, 30), t.clock(e.Published), Clean(e.Quote, 80)), link: webAddress(e.URL)}
		if e.Copies > 1 {
			l.text += fmt.Sprintf(t.copies, e.Copies)
		}
		if l.link != "" {
			l.text += " " + l.link
		}
		out = append(out, l)
	}
	return out
}

// webAddress returns an address that people may be asked to open: of the web and
// of sane length, with the characters escaped that end an address in a message.
// Any other is "".
func webAddress(s string) string {
	u, err := url.Parse(Clean(s, 2000))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	out := strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\"", "%22").Replace(u.String())
	if len(out) > 500 {
		return ""
	}
	return out
}
