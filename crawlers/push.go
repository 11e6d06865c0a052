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

// Receive checks the signature and reads the posts. Bad lines are left out and
// named in the harvest's Detail; a body without any good post is malformed.
func (p *Push) Receive(header http.Header, body []byte, now time.Time) (Harvest, error) {
	if err := p.verify(header, body, now); err != nil {
		return Harvest{}, err
	}
	raw, bad := events(header, body)
	posts := make([]crisis.Post, 0, len(raw))
	for i, r := range raw {
		post, err := parseRecord(r, zoneOf(p.Zone), now)
		if err != nil {
			bad = append(bad, fmt.Sprintf("item %d: %v", i+1, err))
			continue
		}
		posts = append(posts, post)
	}
	if len(posts) == 0 && len(bad) > 0 {
		return Harvest{}, malformed("no post in the delivery: %s", strings.Join(bad, "; "))
	}
	h := harvested(posts, struct{}{})
	h.Detail = strings.Join(bad[:min(len(bad), 10)], "; ")
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

// events cuts a body into the JSON of single posts.
func events(header http.Header, body []byte) (raw []json.RawMessage, bad []string) {
	body = bytes.TrimSpace(body)
	if json.Valid(body) {
		if len(body) > 0 && body[0] == '[' {
			if err := json.Unmarshal(body, &raw); err != nil {
				return nil, []string{err.Error()}
			}
			return unwrap(raw), nil
		}
		return unwrap([]json.RawMessage{body}), nil
	}
	for i, line := range bytes.Split(body, []byte("\n")) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case json.Valid(line):
			raw = append(raw, line)
		default:
			bad = append(bad, fmt.Sprintf("line %d: not JSON", i+1))
		}
	}
	return unwrap(raw), bad
}

// unwrap takes posts out of CloudEvents and of envelopes {"type", "data"}.
func unwrap(raw []json.RawMessage) []json.RawMessage {
	out := make([]json.RawMessage, 0, len(raw))
	for _, r := range raw {
		var envelope struct {
			Data json.RawMessage `json:"data"`
			Text *string         `json:"text"`
			ID   any             `json:"id"`
		}
		if json.Unmarshal(r, &envelope) != nil || envelope.Text != nil || len(envelope.Data) == 0 {
			out = append(out, r)
			continue
		}
		var several []json.RawMessage
		if json.Unmarshal(envelope.Data, &several) == nil {
			out = append(out, several...)
		} else {
			out = append(out, envelope.Data)
		}
	}
	return slices.Clip(out)
}

// parseRecord reads a post in our own field names; see crisis.Post. The time may
// be in any usual form, and the author's id may come as author, author_ref or
// author_hash.
func parseRecord(raw []byte, zone *time.Location, now time.Time) (crisis.Post, error) {
	var r struct {
		crisis.Post
		Published   json.RawMessage `json:"published"`
		PublishedAt json.RawMessage `json:"published_at"`
		ID          json.RawMessage `json:"id"`
		Item        json.RawMessage `json:"source_item_id"`
		AuthorID    string          `json:"author"`
		AuthorRef   string          `json:"author_ref"`
		Topic       string          `json:"topic"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return crisis.Post{}, fmt.Errorf("not a post: %w", err)
	}
	p := r.Post
	p.Source, p.Seen = "", time.Time{}
	for _, id := range []json.RawMessage{r.ID, r.Item} {
		if p.ID == "" {
			p.ID = strings.Trim(string(id), `" `)
		}
	}
	for _, a := range []string{r.AuthorRef, r.AuthorID} {
		if p.Author == "" {
			p.Author = a
		}
	}
	if r.Topic != "" && !slices.Contains(p.Topics, r.Topic) {
		p.Topics = append(p.Topics, r.Topic)
	}
	p.Title, p.Text, p.URL = Plain(p.Title), Plain(p.Text), address("", p.URL)
	if p.Title == "" && p.Text == "" {
		return p, errors.New("not a post: text is missing")
	}
	p.Precision = crisis.PrecisionNone
	for _, s := range []json.RawMessage{r.Published, r.PublishedAt} {
		if t, precision, ok := ParseTime(strings.Trim(string(s), `" `), zone, now); ok {
			p.Published, p.Precision = t, precision
			break
		}
	}
	if p.ID == "" || p.ID == "null" {
		p.ID = madeID(p.Title, p.Text)
	}
	return p, nil
}
