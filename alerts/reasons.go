package alerts

import (
	"fmt"
	"net/url"
	"strings"

	"watchfire/crisis"
)

// reasons says what is the matter in one sentence, then why now: what was
// counted, what is usual, by whom, seen how well.
func (t teller) reasons() []string {
	out := []string{t.gist()}
	why := t.why
	for _, s := range t.a.Signals {
		line := why + t.reason(s)
		if s.Planned != "" {
			line += fmt.Sprintf(t.planned, Clean(s.Planned, 60))
		}
		out = append(out, line)
		why = ""
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
		case "surge":
			fmt.Fprintf(&b, t.said, t.span(s.Window), s.Voices, Clean(t.a.Title, 40))
			if s.Negative > 0 {
				fmt.Fprintf(&b, t.negative, s.Negative)
			}
		case "mood":
			fmt.Fprintf(&b, t.turned, Clean(t.a.Title, 40))
		default:
			continue
		}
		if len(s.Sources) > 0 {
			fmt.Fprintf(&b, t.seenOn, Clean(strings.Join(s.Sources, t.list), 60))
		}
		return b.String() + t.stop
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
			fmt.Sprintf(t.posts, s.Posts, s.Unique) + fmt.Sprintf(t.coverage, pct(s.Coverage))
	case "flood":
		return fmt.Sprintf(t.flood, from, to, s.Observed, t.norm(s))
	}
	return Clean(s.Detector, 20) + " " + fmt.Sprintf(t.other, from, to, s.Observed, t.norm(s))
}

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
