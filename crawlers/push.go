package crawlers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// Push takes posts over HTTP, signed as Standard Webhooks 1.0 describes: one post,
// an array, one post a line, or CloudEvents around any of them.
type Push struct {
	Secret    crisis.Secret `yaml:"secret" doc:"signing secret, whsec_ and base64; several, separated by spaces, while one is replaced"`
	Tolerance time.Duration `yaml:"tolerance" doc:"how far the sender's clock may be off"`
	Zone      string        `yaml:"zone" doc:"time zone of times that state none"`
}

// Check implements Kind.
func (p *Push) Check() error {
	errs := []error{checkZone(p.Zone)}
	if _, err := p.keys(); err != nil {
		errs = append(errs, err)
	}
	if p.Tolerance < time.Second || p.Tolerance > time.Hour {
		errs = append(errs, fmt.Errorf("tolerance: %s; write a duration from 1s to 1h", p.Tolerance))
	}
	return errors.Join(errs...)
}

func (p *Push) keys() ([][]byte, error) {
	var keys [][]byte
	for s := range strings.FieldsSeq(p.Secret.Reveal()) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) < 16 {
			return nil, errors.New("secret: write whsec_ and at least 16 bytes in base64, as from `openssl rand -base64 24`")
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("secret: missing; an unsigned door takes posts from anybody")
	}
	return keys, nil
}

// pushCursor remembers the last deliveries, newest last, so that one sent again is
// known by its id; see Standard Webhooks on idempotency.
type pushCursor struct {
	Delivered []string `json:"delivered,omitempty"`
}

// deliveries is how many deliveries a cursor remembers. A sender repeats what was
// not acknowledged, which is always among the last.
const deliveries = 200

// Receive checks the signature and reads the posts. Bad lines are left out and
// named in the harvest's Detail; a body without any good post is malformed.
func (p *Push) Receive(cursor string, header http.Header, body []byte, now time.Time) (Harvest, error) {
	if err := p.verify(header, body, now); err != nil {
		return Harvest{}, err
	}
	c := loadCursor[pushCursor](cursor)
	id := madeID(header.Get("Webhook-Id"), string(body)) // of one that uses an id twice nothing is lost
	if slices.Contains(c.Delivered, id) {
		return Harvest{Cursor: cursor, Class: crisis.ClassNotModified, Detail: "delivered before"}, nil
	}
	raw, bad := events(header, body)
	posts := make([]crisis.Post, 0, len(raw))
	for i, r := range raw {
		post, err := parseEvent(r, zoneOf(p.Zone), now)
		if err != nil {
			bad = append(bad, fmt.Sprintf("item %d: %v", i+1, err))
			continue
		}
		posts = append(posts, post)
	}
	if len(posts) == 0 && len(bad) > 0 {
		return Harvest{}, malformed("no post in the delivery: %s", some(bad, 10))
	}
	c.Delivered = append(c.Delivered, id)
	c.Delivered = c.Delivered[max(0, len(c.Delivered)-deliveries):]
	h := harvested(posts, c)
	h.Detail = some(bad, 10)
	return h, nil
}

// verify checks the signature against every secret, in constant time.
func (p *Push) verify(header http.Header, body []byte, now time.Time) error {
	deny := func(format string, args ...any) error {
		return &Error{Class: crisis.ClassAuth, Err: fmt.Errorf(format, args...)}
	}
	id, stamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	if id == "" || stamp == "" || header.Get("Webhook-Signature") == "" {
		return deny("the headers webhook-id, webhook-timestamp and webhook-signature are needed")
	}
	sec, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return deny("webhook-timestamp is not a number of seconds")
	}
	if off := now.Sub(time.Unix(sec, 0)); off.Abs() > p.Tolerance {
		return deny("webhook-timestamp is %s off; set the sender's clock", off.Round(time.Second))
	}
	keys, err := p.keys()
	if err != nil {
		return deny("%w", err)
	}
	for _, key := range keys {
		m := hmac.New(sha256.New, key)
		fmt.Fprintf(m, "%s.%s.", id, stamp)
		m.Write(body)
		want := m.Sum(nil)
		for sig := range strings.FieldsSeq(header.Get("Webhook-Signature")) {
			version, text, _ := strings.Cut(sig, ",")
			got, err := base64.StdEncoding.DecodeString(text)
			if err == nil && version == "v1" && hmac.Equal(got, want) {
				return nil
			}
		}
	}
	return deny("no signature fits; check the secret on both sides")
}

// event is the JSON of one post, and what its envelope says of it.
type event struct {
	post     json.RawMessage
	id, time string
}

// events cuts a body into single posts: one, an array, or one a line, each in a
// CloudEvents envelope, in one of {"type", "data"}, or bare.
func events(header http.Header, body []byte) (out []event, bad []string) {
	body = bytes.TrimSpace(body)
	if json.Valid(body) {
		raw := []json.RawMessage{body}
		if body[0] == '[' {
			if err := json.Unmarshal(body, &raw); err != nil {
				return nil, []string{err.Error()}
			}
		}
		for _, r := range raw {
			out = append(out, unwrap(r)...)
		}
		if len(out) == 1 && out[0].id == "" { // CloudEvents in binary mode: the envelope is the headers
			out[0].id, out[0].time = header.Get("Ce-Id"), header.Get("Ce-Time")
		}
		return out, nil
	}
	for i, line := range bytes.Split(body, []byte("\n")) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case json.Valid(line):
			out = append(out, unwrap(line)...)
		default:
			bad = append(bad, fmt.Sprintf("line %d: not JSON", i+1))
		}
	}
	if len(out) == 0 && len(bad) == 0 {
		bad = append(bad, "the body is empty")
	}
	return out, bad
}

// unwrap takes posts out of an envelope.
func unwrap(r json.RawMessage) []event {
	var envelope struct {
		Data json.RawMessage `json:"data"`
		Text json.RawMessage `json:"text"`
		ID   field           `json:"id"`
		Time field           `json:"time"`
	}
	if json.Unmarshal(r, &envelope) != nil || len(envelope.Text) > 0 || len(envelope.Data) == 0 {
		return []event{{post: r}}
	}
	var several []json.RawMessage
	if json.Unmarshal(envelope.Data, &several) != nil {
		return []event{{envelope.Data, string(envelope.ID), string(envelope.Time)}}
	}
	out := make([]event, len(several))
	for i, post := range several { // one id cannot name several posts
		out[i] = event{post: post, time: string(envelope.Time)}
	}
	return out
}

// parseEvent reads a post, which has the id and time of its envelope when it has
// none itself.
func parseEvent(e event, zone *time.Location, now time.Time) (crisis.Post, error) {
	p, err := parseRecord(e.post, zone, now)
	if err != nil {
		return p, err
	}
	var own struct {
		ID   field `json:"id"`
		Item field `json:"source_item_id"`
	}
	if json.Unmarshal(e.post, &own) == nil && own.ID == "" && own.Item == "" && e.id != "" {
		p.ID = e.id
	}
	if p.Published.IsZero() {
		if t, precision, ok := ParseTime(e.time, zone, now); ok {
			p.Published, p.Precision = t, precision
		}
	}
	return p, nil
}
