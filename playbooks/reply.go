package playbooks

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The severities of reply rules, gravest first.
const (
	Stop  = "block" // must not be published
	Doubt = "warn"  // a reviewer confirms each
	Hint  = "info"  // a hint
)

// ReplyRule is one rule for the wording of statements and replies (回复规范). Kind says
// how it is checked: what a regex finds, what a require misses, or what a meta rule works
// out. Bad and Good are examples that tests try.
type ReplyRule struct {
	ID       string         `yaml:"id"`
	Severity string         `yaml:"severity"`
	Kind     string         `yaml:"kind"`
	Applies  []string       `yaml:"applies"` // kinds of statements; statement and reply are groups of them
	Pattern  string         `yaml:"pattern"` // RE2; in rules pii.* what the group called found finds is shown, if there is one
	Suggest  string         `yaml:"suggest"` // a better wording, Chinese
	Why      string         `yaml:"why"`     // optional
	Bad      []string       `yaml:"bad"`
	Good     []string       `yaml:"good"`
	Limit    int            `yaml:"limit_chars"`     // of tone.length-first
	Limits   map[string]int `yaml:"defaults_memory"` // of len.platform: characters by platform, from memory
	Text     `yaml:",inline"`

	re *regexp.Regexp
}

type replyFile struct {
	Schema string      `yaml:"schema"`
	Rules  []ReplyRule `yaml:"rules"`
}

const repliesFile = "shared/reply-rules.yaml"

// Draft is a text to be checked before anybody publishes it.
type Draft struct {
	Kind     string // statement kind, or comment_reply, message_reply, pinned_reply
	Text     string
	Casualty bool  // people were hurt: tone weighs more
	Desk     *Desk // what is on record; nil: not known, and rules about records are left out
}

// Desk is what is on record about a draft.
type Desk struct {
	Issuer       string   // full name of the organisation
	Account      string   // name of the account on which it is to appear; "" not known
	Names        []string // full names of bodies, people and places
	Phones       []string // published numbers
	Previous     []string // earlier statements about the same matter, oldest first
	Secrecy      string   // who checked for secrets
	AI           bool     // a model wrote it
	Reviewer     string   // the person who checked what a model wrote
	Complainants []string // whose identity is to be protected
	Platforms    []string // where it is to appear, as in the limits of len.platform
}

// published says whether a telephone number is one that the organisation has published,
// however it is written.
func (d *Desk) published(number string) bool {
	digits := func(s string) string {
		s, _ = plainDigits(s)
		s = strings.TrimLeft(strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s), "0")
		if len(s) == 13 {
			s = strings.TrimPrefix(s, "86")
		}
		return s
	}
	return d != nil && slices.ContainsFunc(d.Phones, func(p string) bool { return digits(p) == digits(number) })
}

// Objection is what one rule says of a draft. From and To are bytes in the text, both 0
// when the whole text is meant.
type Objection struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	What     Text   `json:"what"`
	Why      string `json:"why,omitempty"`
	Suggest  string `json:"suggest,omitempty"`
	Found    string `json:"found,omitempty"`
	From     int    `json:"from"`
	To       int    `json:"to"`
}

// replyKinds are the statement kinds that answer one person; internalKinds nobody
// outside reads.
var (
	replyKinds    = []string{"comment_reply", "message_reply", "pinned_reply"}
	internalKinds = []string{"internal_flash", "lines_to_take"}
)

// applies says whether the rule is about texts of a kind.
func (r *ReplyRule) applies(kind string) bool {
	switch {
	case slices.Contains(r.Applies, kind):
		return true
	case slices.Contains(internalKinds, kind):
		return r.ID == "form.placeholder"
	case slices.Contains(replyKinds, kind):
		return slices.Contains(r.Applies, "reply")
	}
	return slices.Contains(r.Applies, "statement")
}

// ReplyRules returns the rules in force, in the order of the file.
func (l *Library) ReplyRules() []ReplyRule { return l.replies }

// longestDraft is how much of a text is checked, in bytes. Nothing that long is
// published: a longer one does not pass.
const longestDraft = 64 << 10

// mostFound is how many places of a text one rule shows.
const mostFound = 50

// unread is what is said of a text that is not checked to its end.
var unread = Objection{
	Rule: "len.platform", Severity: Stop,
	What:    Text{ZH: "全文过长，后面的部分没有检查", EN: "The text is too long: what follows was not checked"},
	Suggest: "压缩篇幅后重新检查，详细材料另附",
}

// LintReply checks a draft by every rule that is about its kind. Findings come in the
// order of severity, then of place.
func (l *Library) LintReply(d Draft) []Objection {
	var out []Objection
	if len(d.Text) > longestDraft {
		d.Text = strings.ToValidUTF8(d.Text[:longestDraft], "")
		out = append(out, unread)
	}
	for i := range l.replies {
		r := &l.replies[i]
		if !r.applies(d.Kind) {
			continue
		}
		for _, f := range r.check(&d) {
			f.Rule, f.What, f.Why, f.Suggest = r.ID, r.Text, r.Why, r.Suggest
			f.Severity = r.severity(&d)
			if f.Found == "" && f.To > f.From {
				f.Found = d.Text[f.From:f.To]
			}
			out = append(out, f)
		}
	}
	order := []string{Stop, Doubt, Hint}
	slices.SortStableFunc(out, func(a, b Objection) int {
		if c := slices.Index(order, a.Severity) - slices.Index(order, b.Severity); c != 0 {
			return c
		}
		return a.From - b.From
	})
	return out
}

// severity of a rule; where people were hurt a cute word is no matter of taste.
func (r *ReplyRule) severity(d *Draft) string {
	if r.ID == "tone.cute" && d.Casualty {
		return Stop
	}
	return r.Severity
}

// check returns where the rule is broken.
func (r *ReplyRule) check(d *Draft) []Objection {
	switch r.Kind {
	case "require":
		if !r.re.MatchString(d.Text) {
			return []Objection{{}}
		}
		return nil
	case "regex":
		if strings.HasPrefix(r.ID, "pii.") {
			return r.personal(d)
		}
		var out []Objection
		for _, at := range r.re.FindAllStringIndex(d.Text, mostFound) {
			out = append(out, Objection{From: at[0], To: at[1]})
		}
		return out
	}
	return metaRules[r.ID](r, d)
}

// addReplies overlays the rules of a folder: by id, the later one stands.
func (l *Library) addReplies(s *source, file *replyFile) {
	s.wantKnown("schema", "a schema of reply rules", file.Schema, []string{"reply-rules/1"})
	for i := range file.Rules {
		r := file.Rules[i]
		key := at("rules", i)
		if r.ID == "" || r.ZH == "" || len(r.Applies) == 0 {
			s.report(key, "write id, severity, kind, applies and zh", "the rule is not whole")
		}
		s.wantKnown(key+".severity", "a severity", r.Severity, []string{Stop, Doubt, Hint})
		s.wantKnown(key+".kind", "a kind of rule", r.Kind, []string{"regex", "require", "meta"})
		known := append(ids(l.words.StatementKinds), "statement", "reply", "message_reply")
		for j, k := range r.Applies {
			s.wantKnown(at(key+".applies", j), "a kind of statement", k, known)
		}
		var err error
		switch _, worked := metaRules[r.ID]; {
		case r.Kind == "meta" && !worked:
			s.report(key+".kind", "write a regex or require with a pattern", "nothing works out a rule called %q", r.ID)
		case r.Kind == "meta":
		case r.Pattern == "":
			s.report(key+".pattern", "write a regular expression (RE2)", "the rule has no pattern")
		default:
			if r.re, err = regexp.Compile(r.Pattern); err != nil {
				s.report(key+".pattern", "mend the expression; RE2 knows no look-around", "%v", err)
			}
		}
		if n := slices.IndexFunc(l.replies, func(have ReplyRule) bool { return have.ID == r.ID }); n >= 0 {
			l.replies[n] = r
		} else {
			l.replies = append(l.replies, r)
		}
	}
}

// sentence is a piece of a text up to a full stop or a line end.
type sentence struct {
	text     string
	from, to int
}

// sentencesOf cuts a text.
func sentencesOf(text string) []sentence {
	var out []sentence
	from := 0
	for i, r := range text {
		if !strings.ContainsRune("。！？；!?\n", r) {
			continue
		}
		end := i + utf8.RuneLen(r)
		if s := strings.TrimSpace(text[from:end]); s != "" {
			out = append(out, sentence{s, from, end})
		}
		from = end
	}
	if s := strings.TrimSpace(text[from:]); s != "" {
		out = append(out, sentence{s, from, len(text)})
	}
	return out
}
