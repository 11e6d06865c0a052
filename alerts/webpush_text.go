package alerts

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"

	"watchfire/crisis"
)

// pushPlain is how many bytes of text one push holds: a record of 4096 bytes less
// its header, the tag and the delimiter (RFC 8291, 4).
const pushPlain = 4096 - 86 - 16 - 1

// pushUrgency says by the priority of an alert whether a phone is woken for it
// (RFC 8030, 5.3).
var pushUrgency = map[int]string{1: "very-low", 2: "low", 3: "normal", 4: "high", 5: "high"}

// pushTag names what an alert is about: of alerts with one tag a browser shows the last.
// A call for help is never replaced by anything else.
func pushTag(a crisis.Alert) string {
	switch {
	case a.Ask != nil || a.Kind == crisis.AlertRescue:
		return a.ID
	case a.Trouble != nil:
		return "part." + string(a.Trouble.Part) + "." + a.Trouble.Name
	case a.Alive != nil:
		return "alive"
	}
	return cmp.Or(a.Incident, a.ID)
}

// pushTopic lets a later alert take the place of one with its tag that still waits for
// a browser that is away (RFC 8030, 5.4: 32 characters).
func pushTopic(a crisis.Alert) string {
	sum := sha256.Sum256([]byte(pushTag(a)))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// pushMessage is what the console's service worker shows. ID is that of the alert, by
// which it knows a second copy.
type pushMessage struct {
	ID     string `json:"id"`
	Tag    string `json:"tag"`
	At     int64  `json:"at"` // Unix milliseconds
	Title  string `json:"title"`
	Body   string `json:"body"`
	Path   string `json:"path"` // page of the console
	Lang   string `json:"lang"`
	Urgent bool   `json:"urgent,omitempty"` // stays on the screen until somebody looks
}

// pushText puts an alert into the form of a push, in as many bytes as one holds.
func pushText(a crisis.Alert) ([]byte, error) {
	a.Taps = nil // the page behind the notification knows its reader
	m := pushMessage{ID: a.ID, Tag: pushTag(a), At: a.At.UnixMilli(), Title: Headline(a), Path: pushPath(a), Lang: a.Lang, Urgent: priority(a) >= 4}
	b, err := sized(a, pushPlain, func(a crisis.Alert) ([]byte, error) { // what there is to do stands below the proof
		m.Body = afterHeadline(a)
		return encoded(m)
	})
	if err != nil || len(b) <= pushPlain {
		return b, err
	}
	text := afterHeadline(least(a))
	for room := pushPlain; ; room -= 64 { // JSON escapes may lengthen the text
		m.Body = FitBytes(text, "", max(room, 0))
		b, err := encoded(m)
		if err != nil || len(b) <= pushPlain || m.Body == "" {
			return b, err
		}
	}
}

// pushPath is the page of the console that a notification opens. Its host is left to the
// browser, which asked for alerts on the console and knows it.
func pushPath(a crisis.Alert) string {
	if u, err := url.Parse(webAddress(a.Link)); err == nil && len(u.Path) > 1 && len(u.Path) < 200 {
		return u.EscapedPath()
	}
	if a.Incident != "" && idLike(a.Incident) {
		return "/incidents/" + url.PathEscape(a.Incident)
	}
	return "/"
}

// without takes out of an alert what the owner of a browser may not see.
func (s *Subscription) without(a crisis.Alert) crisis.Alert {
	if len(s.Hides) > 0 {
		a.Digest = slices.DeleteFunc(slices.Clone(a.Digest), func(t crisis.Told) bool { return slices.Contains(s.Hides, t.Incident) })
	}
	return a
}
