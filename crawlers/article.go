package crawlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"watchfire/crisis"
)

// opening is what comes of opening the new articles of a list.
type opening struct {
	kept   []crisis.Post
	tried  int   // articles fetched
	bare   int   // of them, pages on which the text was not found
	failed int   // of them, those to be tried again
	cause  error // of the last failure
	more   bool  // articles are left for the next visits
}

// open reads the articles that were not read before. One that fails is left out
// and tried again at the next visit. When nothing could be read, that is the
// outcome of the visit: an empty harvest would say that nothing happened.
func (l *List) open(ctx context.Context, web *Web, posts []crisis.Post, c listCursor, first bool) (Harvest, error) {
	var o opening
	for _, p := range posts {
		if slices.Contains(c.Opened, p.ID) {
			continue
		}
		if o.tried == l.Limit {
			o.more = true
			break
		}
		if again := l.openOne(ctx, web, &p, &o); !again {
			c.Opened, o.kept = append(c.Opened, p.ID), append(o.kept, p)
			continue
		}
		if class := ClassOf(o.cause); class == crisis.ClassGated || class == crisis.ClassRateLimited || ctx.Err() != nil {
			break
		}
	}
	switch {
	case o.cause != nil && (len(o.kept) == 0 || ctx.Err() != nil):
		return Harvest{}, o.cause
	case o.bare >= 3 && o.bare == o.tried:
		return Harvest{}, &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("none of %d articles has a text at %q: the pages have changed", o.bare, l.Article)}
	}
	c.Opened = c.Opened[max(0, len(c.Opened)-max(remembered, 2*len(posts))):]
	if o.more || o.cause != nil { // the list must be read again although it will not have changed
		c.Conditions = Conditions{}
	}
	backfill := c.visited(first, o.more, web.opt.Now())
	h := harvested(o.kept, c)
	h.Detail, h.Backfill = l.detail(o), backfill
	return h, nil
}

// openOne reads the article of one entry into p and says whether it must be tried
// again. Where the article is gone, is not ours to read, or lies on another site,
// the entry itself stands as it is.
func (l *List) openOne(ctx context.Context, web *Web, p *crisis.Post, o *opening) (again bool) {
	if p.URL == "" || !sameSite(hostOf(l.URL), hostOf(p.URL)) {
		return false
	}
	o.tried++
	_, err := l.visit(ctx, web, p.URL, Conditions{}, func(_ *Page, doc *goquery.Document) error {
		if text := textOf(doc.Find(l.Article)); text != "" {
			p.Text = text
		} else {
			o.bare++
		}
		if l.Stamp != "" {
			if t, precision := l.timeOf(doc.Find(l.Stamp).First(), web.opt.Now()); precision != crisis.PrecisionNone {
				p.Published, p.Precision = t, precision
			}
		}
		return nil
	})
	if class := ClassOf(err); err == nil || class == crisis.ClassGone || class == crisis.ClassForbidden {
		return false
	}
	o.failed, o.cause = o.failed+1, err
	return true
}

func (l *List) detail(o opening) string {
	var parts []string
	if o.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d articles could not be read and are tried again: %v", o.failed, o.cause))
	}
	if o.bare > 0 {
		parts = append(parts, fmt.Sprintf("%d articles have no text at %q", o.bare, l.Article))
	}
	if o.more {
		parts = append(parts, fmt.Sprintf("more than %d new articles; the rest follows at the next visit", l.Limit))
	}
	return strings.Join(parts, "; ")
}
