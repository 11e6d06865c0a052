package crisis

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The acts of a Tap.
const (
	TapDone        = "done"
	TapAcknowledge = "ack"
)

// Tap is an act that one person may do by opening a signed link in a message (一键办理):
// once, before it expires, and nothing else.
type Tap struct {
	Person   string
	Do       string // TapDone or TapAcknowledge
	Incident string
	Plan     string // of TapDone
	Step     string
	Expires  time.Time // to the second
	Nonce    string    // makes the link one of its own; the same for every attempt to deliver an alert
}

// TapLink is a Tap as an alert carries it.
type TapLink struct {
	Do   string `json:"do"`
	Plan string `json:"plan,omitempty"`
	Step string `json:"step,omitempty"`
	URL  string `json:"url"`
}

// What is wrong with a token.
var (
	ErrTapForged  = errors.New("the link is not one of ours")
	ErrTapExpired = errors.New("the link has expired")
)

// tapSeparator stands between the parts of a token; no part has one.
const tapSeparator = "\x1f"

var tapText = base64.RawURLEncoding

// Token signs a tap with HMAC-SHA256 under key. Who changes any part of it, the person
// and the end included, breaks the signature.
func (t Tap) Token(key []byte) string {
	parts := []string{"1", t.Person, t.Do, t.Incident, t.Plan, t.Step, strconv.FormatInt(t.Expires.Unix(), 36), t.Nonce}
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, tapSeparator, "")
	}
	body := []byte(strings.Join(parts, tapSeparator))
	return tapText.EncodeToString(append(body, tapSum(key, body)...))
}

func tapSum(key, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("tap "))
	m.Write(body)
	return m.Sum(nil)
}

// ReadTap returns the tap of a token that was signed with key and has not expired at now:
// ErrTapForged or ErrTapExpired.
func ReadTap(token string, key []byte, now time.Time) (Tap, error) {
	raw, err := tapText.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") || len(raw) <= sha256.Size || len(key) == 0 {
		return Tap{}, ErrTapForged
	}
	body, sum := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	if !hmac.Equal(sum, tapSum(key, body)) {
		return Tap{}, ErrTapForged
	}
	parts := bytes.Split(body, []byte(tapSeparator))
	if len(parts) != 8 || string(parts[0]) != "1" {
		return Tap{}, ErrTapForged
	}
	seconds, err := strconv.ParseInt(string(parts[6]), 36, 64)
	if err != nil {
		return Tap{}, ErrTapForged
	}
	t := Tap{
		Person: string(parts[1]), Do: string(parts[2]), Incident: string(parts[3]), Plan: string(parts[4]), Step: string(parts[5]),
		Expires: time.Unix(seconds, 0).UTC(), Nonce: string(parts[7]),
	}
	if !now.Before(t.Expires) {
		return t, ErrTapExpired
	}
	return t, nil
}
