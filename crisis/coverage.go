package crisis

import "time"

// Class says how an attempt to read a source ended. An attempt that is not OK
// moves no cursor and is never read as "nothing happened".
type Class string

// The classes of an attempt.
const (
	ClassOK          Class = "ok"
	ClassNotModified Class = "not_modified" // 304: fine, nothing new
	ClassEmptyOK     Class = "empty_ok"     // a valid answer with an empty list
	ClassRateLimited Class = "rate_limited" // wait as told
	ClassAuth        Class = "auth"         // the operator must renew a token
	ClassGated       Class = "gated"        // log-in wall, captcha, challenge: stop, a human must look
	ClassForbidden   Class = "forbidden"    // robots.txt or our own address rules say no
	ClassSoftError   Class = "soft_error"   // status 200 with something else than was asked for
	ClassMalformed   Class = "malformed"    // cut or broken data
	ClassGone        Class = "gone"         // 404, 410
	ClassUnavailable Class = "unavailable"  // 5xx, time-out, DNS, TLS
	ClassStale       Class = "stale"        // answers, but with data that has stopped moving
)

// Sees says whether an attempt of this class let us see the source.
func (c Class) Sees() bool {
	return c == ClassOK || c == ClassNotModified || c == ClassEmptyOK
}

// Coverage is the outcome of one attempt to read one source (覆盖率).
// Attempts are stored for every crawl, successful or not.
type Coverage struct {
	Source string        `json:"source"`
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took"`
	Class  Class         `json:"class"`
	Posts  int           `json:"posts"`            // posts in the answer, seen before or not
	Fresh  int           `json:"fresh"`            // posts not seen before
	Detail string        `json:"detail,omitempty"` // for a human: what went wrong and what to do; no secrets
	// RetryAfter is the earliest time of the next attempt when the source asked for patience.
	RetryAfter time.Time `json:"retry_after,omitzero"`
	// Backfill marks the first successful crawl: its posts are history, not news.
	Backfill bool `json:"backfill,omitempty"`
}
