package crawlers

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

const (
	// handedAtOnce is how many intakes one delivery may bring: each is an entry of a
	// timeline that people read. What is left out is not remembered, so the sender's
	// repeat brings it.
	handedAtOnce = 100
	// handed is how many intakes a cursor remembers.
	handed = 2000
)

// handedCursor remembers which intakes were handed in, newest last.
type handedCursor struct {
	Handed []string `json:"handed,omitempty"`
}

// knows says whether an intake was handed in before, and keeps one that is repeated
// from being forgotten.
func (c *handedCursor) knows(key string) bool {
	i := slices.Index(c.Handed, key)
	if i < 0 {
		return false
	}
	c.Handed = append(slices.Delete(c.Handed, i, i+1), key)
	return true
}

func (c *handedCursor) add(key string) {
	c.Handed = append(c.Handed, key)
	c.Handed = c.Handed[max(0, len(c.Handed)-handed):]
}

// received completes the harvest of a delivery of intakes.
func received(intakes []crisis.Intake, c handedCursor, problems []string) Harvest {
	h := Harvest{Intakes: intakes, Cursor: saveCursor(c), Class: crisis.ClassOK, Detail: some(problems, 10)}
	if len(intakes) == 0 {
		h.Class = crisis.ClassNotModified
		h.Detail = cmp.Or(h.Detail, "delivered before")
	}
	finishIntakes(h.Intakes)
	return h
}

// finishIntakes brings intakes to what may be stored and read, as finish does posts.
func finishIntakes(intakes []crisis.Intake) {
	for i := range intakes {
		n := &intakes[i]
		n.System, n.Title, n.Text = mask(cut(oneLine(n.System), 120)), mask(cut(oneLine(n.Title), 300)), mask(cut(n.Text, 4000))
		if len(n.ID) > 200 {
			n.ID = madeID(n.ID)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// checkIntake checks what all kinds that hand in signals have.
func checkIntake(topic string, levels map[string]crisis.Level) []error {
	var errs []error
	if topic == "" {
		errs = append(errs, errors.New("topic: missing; write the id of the topic whose incident is opened"))
	}
	for name := range levels {
		if strings.TrimSpace(name) == "" {
			errs = append(errs, errors.New("levels: an empty name; write the sender's word, or * for any other"))
		}
	}
	return errs
}

// levelFor is the level of a sender's word, in any case, by the first table that has it;
// * of the first stands for any other word.
func levelFor(word string, tables ...map[string]crisis.Level) crisis.Level {
	word = strings.TrimSpace(word)
	for _, levels := range tables {
		if l, ok := levels[word]; ok {
			return l
		}
		for name, l := range levels {
			if strings.EqualFold(name, word) {
				return l
			}
		}
	}
	return tables[0]["*"]
}

// checkToken wants a token that cannot be guessed.
func checkToken(token crisis.Secret) error {
	if s := token.Reveal(); utf8.RuneCountInString(s) < 16 || strings.ContainsAny(s, " \t\r\n") {
		return errors.New("token: write at least 16 characters without spaces, as from `openssl rand -hex 24`; without it anybody could open incidents")
	}
	return nil
}

// bearer checks the token of a delivery, in constant time.
func bearer(header http.Header, token crisis.Secret) error {
	scheme, got, _ := strings.Cut(header.Get("Authorization"), " ")
	want := sha256.Sum256([]byte(token.Reveal()))
	sum := sha256.Sum256([]byte(strings.TrimSpace(got)))
	if !strings.EqualFold(scheme, "Bearer") || token.Reveal() == "" || subtle.ConstantTimeCompare(sum[:], want[:]) != 1 {
		return &Error{Class: crisis.ClassAuth, Err: errors.New("the header Authorization must be Bearer and the token; check it on both sides")}
	}
	return nil
}

// began reads when an intake began; one that says nothing usable is unknown.
func began(s string, zone *time.Location, now time.Time) time.Time {
	t, _, _ := ParseTime(s, zone, now)
	return t
}

// room says whether a list of intakes takes one more, and counts what it does not.
func room(intakes []crisis.Intake, left *int) bool {
	if len(intakes) < handedAtOnce {
		return true
	}
	*left++
	return false
}

func leftOut(problems []string, left int) []string {
	if left == 0 {
		return problems
	}
	return append(problems, fmt.Sprintf("%d more than the %d that one delivery may bring; they are taken when they are repeated", left, handedAtOnce))
}
