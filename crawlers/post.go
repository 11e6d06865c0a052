package crawlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// finish brings the posts of a visit to what may be stored: opinions, not people.
// What sources say besides is not ours, and what is endless is cut.
func finish(posts []crisis.Post) {
	for i := range posts {
		p := &posts[i]
		p.Title, p.Text = mask(p.Title), mask(p.Text)
		p.Place, p.Lang = mask(cut(p.Place, 200)), cut(p.Lang, 35)
		for _, id := range []*string{&p.ID, &p.ReplyTo, &p.RepostOf} {
			if len(*id) > 200 {
				*id = madeID(*id)
			}
		}
		if !slices.Contains(kinds, p.Kind) {
			p.Kind = ""
		}
	}
}

// kinds are the kinds of posts there are.
var kinds = []crisis.Kind{crisis.KindPost, crisis.KindComment, crisis.KindArticle, crisis.KindBoard, crisis.KindWarning, crisis.KindOrder}

// checkKind checks the kind that a configuration gives to its posts.
func checkKind(k crisis.Kind) error {
	if k == "" || slices.Contains(kinds, k) {
		return nil
	}
	return fmt.Errorf("kind: %q is not a kind of post; write post, comment, article, board, warning or order", k)
}

// cut shortens a text to n bytes, at the end of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// mobile, identity and mail are what people write of themselves and others in
// public posts and work orders. Numbers of institutions, which have fewer digits or
// an area code, stay.
var (
	mobile   = regexp.MustCompile(`(^|\D)1[3-9]\d[-\s]?[\d*]{4}[-\s]?[\d*]{4}(\D|$)`)
	identity = regexp.MustCompile(`(^|\D)\d{6}(?:19|20)\d{9}[\dXx](\D|$)`)
	mail     = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+`)
)

// mask hides mobile numbers, identity numbers and mail addresses.
func mask(s string) string {
	if strings.Contains(s, "@") {
		s = mail.ReplaceAllString(s, "***")
	}
	if digits(s) >= 7 {
		for range 2 { // two numbers may share the one character between them
			s = identity.ReplaceAllString(s, "${1}***${2}")
			s = mobile.ReplaceAllString(s, "${1}***${2}")
		}
	}
	return s
}

// digits counts the digits of a text, to spare most texts the search for numbers.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]-'0' <= 9 {
			n++
		}
	}
	return n
}

// field is a JSON value of which only the scalar is wanted: ids and times come as
// strings and as numbers, and a number may have more digits than a float.
type field string

// UnmarshalJSON implements json.Unmarshaler.
func (f *field) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	*f = field(scalar(v))
	return nil
}

// parseRecord reads a post in our own field names; see crisis.Post. The time may
// be in any usual form, and the author's id may come as author, author_ref or
// author_hash.
func parseRecord(raw []byte, zone *time.Location, now time.Time) (crisis.Post, error) {
	var r struct {
		crisis.Post
		Published   field          `json:"published"`
		PublishedAt field          `json:"published_at"`
		ID          field          `json:"id"`
		Item        field          `json:"source_item_id"`
		ReplyTo     field          `json:"reply_to"`
		RepostOf    field          `json:"repost_of"`
		AuthorHash  field          `json:"author_hash"`
		AuthorID    field          `json:"author"`
		AuthorRef   field          `json:"author_ref"`
		Topic       string         `json:"topic"`
		Seen        any            `json:"seen"`
		Metrics     map[string]any `json:"metrics"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return crisis.Post{}, fmt.Errorf("not a post: %s is a %s", wrong.Field, wrong.Value)
		}
		return crisis.Post{}, fmt.Errorf("not a post: %w", err)
	}
	p := r.Post
	p.Source, p.Precision = "", crisis.PrecisionNone
	p.ID = string(first(r.ID, r.Item))
	p.Author = string(first(r.AuthorHash, r.AuthorRef, r.AuthorID))
	p.ReplyTo, p.RepostOf = string(r.ReplyTo), string(r.RepostOf)
	if r.Topic != "" && !slices.Contains(p.Topics, r.Topic) {
		p.Topics = append(p.Topics, r.Topic)
	}
	for key, v := range r.Metrics {
		if n := count(scalar(v)); key == "rank" {
			p.Metrics.Rank = int(n)
		} else if c := counter(&p.Metrics, key); c != nil {
			*c = n
		}
	}
	p.Title, p.Text, p.URL = Plain(p.Title), Plain(p.Text), address("", p.URL)
	if p.Title == "" && p.Text == "" {
		return p, errors.New("not a post: text is missing")
	}
	for _, s := range []field{r.Published, r.PublishedAt} {
		if t, precision, ok := ParseTime(string(s), zone, now); ok {
			p.Published, p.Precision = t, precision
			break
		}
	}
	if p.ID == "" {
		p.ID = madeID(p.Title, p.Text, string(first(r.Published, r.PublishedAt)))
	}
	return p, nil
}

func first(fields ...field) field {
	i := slices.IndexFunc(fields, func(f field) bool { return f != "" })
	if i < 0 {
		return ""
	}
	return fields[i]
}
