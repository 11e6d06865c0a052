package crawlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// JSON reads any array of objects in a JSON answer. Paths are keys joined by dots,
// such as data.list; a number is a place in an array.
type JSON struct {
	URL       string            `yaml:"url" doc:"address; {page} in it is replaced by the number of the page, from 1"`
	Items     string            `yaml:"items" doc:"path of the array; empty: the answer is the array"`
	ID        string            `yaml:"id" doc:"path of the id in an item; empty: made from address or text"`
	Title     string            `yaml:"title" doc:"path of the title"`
	Text      string            `yaml:"text" doc:"path of the text, plain or HTML"`
	Link      string            `yaml:"link" doc:"path of the address"`
	Author    string            `yaml:"author" doc:"path of the author's id; stored as a keyed hash only"`
	Published string            `yaml:"published" doc:"path of the time, in any usual form"`
	Place     string            `yaml:"place" doc:"path of the place the item is about"`
	Metrics   map[string]string `yaml:"metrics" doc:"paths of counters: replies, shares, likes, views, heat, rank; without a rank the entries of a board count from the top"`
	Kind      crisis.Kind       `yaml:"kind" doc:"what the items are: post, comment, article, board, warning or order"`
	Success   string            `yaml:"success" doc:"path=value that a good answer has, such as code=0; empty: not checked"`
	Absent    bool              `yaml:"absent" doc:"true: the source leaves the array out when it is empty; else an answer without it is an error"`
	Zone      string            `yaml:"zone" doc:"time zone of times that state none"`
	Pages     int               `yaml:"pages" doc:"how many pages to read at most; stops at an empty one"`
}

type jsonCursor struct {
	Conditions
	Full bool `json:"full,omitempty"` // the last reading had items
}

// Check implements Kind.
func (j *JSON) Check() error {
	errs := []error{checkURL(strings.ReplaceAll(j.URL, "{page}", "1")), checkZone(j.Zone), checkKind(j.Kind)}
	if j.Text == "" && j.Title == "" {
		errs = append(errs, errors.New("text: missing; write the path of the text, such as content, or a title"))
	}
	if j.Pages < 1 || j.Pages > 100 {
		errs = append(errs, fmt.Errorf("pages: %d; write a number from 1 to 100", j.Pages))
	}
	if j.Pages > 1 && !strings.Contains(j.URL, "{page}") {
		errs = append(errs, errors.New("pages: the url has no {page}; add it where the number of the page goes"))
	}
	for key := range j.Metrics {
		if counter(&crisis.Metrics{}, key) == nil && key != "rank" {
			errs = append(errs, fmt.Errorf("metrics: unknown key %q; the keys are replies, shares, likes, views, heat, rank", key))
		}
	}
	if j.Success != "" && !strings.Contains(j.Success, "=") {
		errs = append(errs, fmt.Errorf("success: %q; write path=value, such as code=0", j.Success))
	}
	return errors.Join(errs...)
}

// Crawl reads the pages, the first one only if it has changed; a board always.
func (j *JSON) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[jsonCursor](cursor)
	var next jsonCursor
	var posts []crisis.Post
	for n := 1; n <= j.Pages; n++ {
		cond := Conditions{}
		if n == 1 && j.Kind != crisis.KindBoard { // also a board that has not changed tells its places
			cond = c.Conditions
		}
		page, err := web.Get(ctx, strings.ReplaceAll(j.URL, "{page}", strconv.Itoa(n)), cond)
		if err != nil {
			return Harvest{}, err
		}
		if page.NotModified {
			return Harvest{Cursor: cursor, Class: crisis.ClassNotModified}, nil
		}
		if n == 1 {
			next.Conditions = page.Conditions
		}
		more, err := j.parse(page.URL, page.Body, web.opt.Now())
		if err != nil {
			return Harvest{}, err
		}
		if len(more) == 0 {
			break
		}
		posts = append(posts, more...)
	}
	next.Full = len(posts) > 0
	if c.Full && !next.Full && j.Kind == crisis.KindBoard {
		return Harvest{}, &Error{Class: crisis.ClassSoftError, Err: errors.New("a board that was full is empty: the site hides it from us or has changed")}
	}
	placed(posts)
	return harvested(posts, next), nil
}

// placed gives the entries of a hot board the places in which they stand, unless the
// source states them.
func placed(posts []crisis.Post) {
	for i := range posts {
		if posts[i].Kind != crisis.KindBoard || posts[i].Metrics.Rank != 0 {
			return
		}
	}
	for i := range posts {
		posts[i].Metrics.Rank = i + 1
	}
}

func (j *JSON) parse(base string, body []byte, now time.Time) ([]crisis.Post, error) {
	if err := notData("JSON", body); err != nil {
		return nil, err
	}
	var doc any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // ids have more digits than a float
	if err := d.Decode(&doc); err != nil {
		return nil, malformed("parse JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("parse JSON: more follows after the first value")
	}
	if path, want, ok := strings.Cut(j.Success, "="); ok {
		if got := scalarAt(doc, path); got != want {
			return nil, &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("answered with %s %.80q instead of %q", path, got, want)}
		}
	}
	found, ok := at(doc, j.Items)
	if !ok && !j.Absent {
		return nil, &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("the answer has no list at %q", j.Items)}
	}
	items, ok := found.([]any)
	if !ok && found != nil { // null is an empty list
		return nil, malformed("what stands at %q is not a list", j.Items)
	}
	posts := make([]crisis.Post, 0, len(items))
	for _, item := range items {
		if p := j.post(item, base, now); p.Text != "" || p.Title != "" {
			posts = append(posts, p)
		}
	}
	if len(posts) == 0 && len(items) > 0 {
		return nil, unread(len(items), fmt.Sprintf(" at %q or %q", j.Text, j.Title))
	}
	return posts, nil
}

func (j *JSON) post(item any, base string, now time.Time) crisis.Post {
	get := func(path string) string {
		if path == "" {
			return ""
		}
		return scalarAt(item, path)
	}
	p := crisis.Post{
		ID: get(j.ID), Kind: j.Kind, URL: address(base, get(j.Link)), Title: Plain(get(j.Title)), Text: Plain(get(j.Text)),
		Author: get(j.Author), Place: get(j.Place), Precision: crisis.PrecisionNone,
	}
	if t, precision, ok := ParseTime(get(j.Published), zoneOf(j.Zone), now); ok {
		p.Published, p.Precision = t, precision
	}
	for key, path := range j.Metrics {
		if key == "rank" {
			p.Metrics.Rank = int(count(get(path)))
		} else {
			*counter(&p.Metrics, key) = count(get(path))
		}
	}
	switch {
	case p.ID != "":
	case p.URL != "":
		p.ID = madeID(p.URL)
	default:
		p.ID = madeID(p.Title, p.Text, get(j.Published))
	}
	return p
}

func counter(m *crisis.Metrics, key string) *int64 {
	return map[string]*int64{"replies": &m.Replies, "shares": &m.Shares, "likes": &m.Likes, "views": &m.Views, "heat": &m.Heat}[key]
}

// at walks a path; false if it leads nowhere.
func at(v any, path string) (any, bool) {
	if path == "" {
		return v, true
	}
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// scalarAt is the text of what stands at a path, "" if that is no scalar.
func scalarAt(v any, path string) string {
	found, _ := at(v, path)
	return scalar(found)
}

func scalar(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}
