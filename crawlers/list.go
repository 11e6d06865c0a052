package crawlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/gocolly/colly/v2"

	"watchfire/crisis"
)

// List reads an HTML list by CSS selectors and, if asked, the article behind each
// new entry.
type List struct {
	URL     string      `yaml:"url" doc:"address of the list"`
	Item    string      `yaml:"item" doc:"selector of one entry"`
	Link    string      `yaml:"link" doc:"selector of the link inside an entry; empty: the first link"`
	Title   string      `yaml:"title" doc:"selector of the title inside an entry; empty: the text of the link"`
	Text    string      `yaml:"text" doc:"selector of the text inside an entry; empty: none"`
	Time    string      `yaml:"time" doc:"selector of the time inside an entry; of an element with a datetime attribute, that"`
	Author  string      `yaml:"author" doc:"selector of the author inside an entry; stored as a keyed hash only"`
	Article string      `yaml:"article" doc:"selector of the text on the article's own page; empty: articles are not opened"`
	Stamp   string      `yaml:"article_time" doc:"selector of the time on the article's own page"`
	Kind    crisis.Kind `yaml:"kind" doc:"what the entries are: post, comment, article, board, warning or order"`
	Zone    string      `yaml:"zone" doc:"time zone of times that state none"`
	Limit   int         `yaml:"limit" doc:"how many articles to open in one visit"`
}

// listCursor remembers which articles were opened, the newest last.
type listCursor struct {
	Opened []string `json:"opened,omitempty"`
}

// remembered is how many opened articles a cursor remembers.
const remembered = 500

// Check implements Kind.
func (l *List) Check() error {
	errs := []error{checkURL(l.URL), checkZone(l.Zone)}
	if l.Item == "" {
		errs = append(errs, errors.New("item: missing; write the selector of one entry, such as ul.news li"))
	}
	for key, sel := range map[string]string{
		"item": l.Item, "link": l.Link, "title": l.Title, "text": l.Text, "time": l.Time, "author": l.Author, "article": l.Article, "article_time": l.Stamp,
	} {
		if _, err := cascadia.ParseGroup(sel); sel != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is not a CSS selector: %w", key, sel, err))
		}
	}
	if l.Limit < 1 || l.Limit > 500 {
		errs = append(errs, fmt.Errorf("limit: %d; write a number from 1 to 500", l.Limit))
	}
	return errors.Join(errs...)
}

// Crawl reads the list and opens the articles that are new.
func (l *List) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[listCursor](cursor)
	now := web.opt.Now()
	var posts []crisis.Post
	err := l.visit(ctx, web, l.URL, func(base string, doc *goquery.Selection) error {
		found := doc.Find(l.Item)
		if found.Length() == 0 {
			return &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("%w for %q: the page has changed or is another one", errNoItems, l.Item)}
		}
		found.Each(func(_ int, s *goquery.Selection) {
			if p := l.entry(s, base, now); p.Title != "" || p.Text != "" {
				posts = append(posts, p)
			}
		})
		return nil
	})
	if err != nil {
		return Harvest{}, err
	}
	detail := ""
	if l.Article != "" {
		posts, detail = l.open(ctx, web, posts, &c)
	}
	h := harvested(posts, c)
	h.Detail = detail
	return h, nil
}

func (l *List) entry(s *goquery.Selection, base string, now time.Time) crisis.Post {
	link := s.Find("a[href]").First()
	if goquery.NodeName(s) == "a" {
		link = s
	}
	if l.Link != "" {
		link = s.Find(l.Link).First()
	}
	p := crisis.Post{Kind: l.Kind, Precision: crisis.PrecisionNone}
	p.URL = address(base, link.AttrOr("href", ""))
	p.Title = tidy(link.Text())
	if full, ok := link.Attr("title"); ok && l.Title == "" && len(full) > len(p.Title) {
		p.Title = tidy(full)
	}
	if l.Title != "" {
		p.Title = tidy(s.Find(l.Title).First().Text())
	}
	if l.Text != "" {
		p.Text = tidy(s.Find(l.Text).First().Text())
	}
	if l.Author != "" {
		p.Author = tidy(s.Find(l.Author).First().Text())
	}
	if l.Time != "" {
		p.Published, p.Precision = l.timeOf(s.Find(l.Time).First(), now)
	}
	p.ID = p.URL
	if p.ID == "" {
		p.ID = madeID(p.Title, p.Text)
	}
	return p
}

func (l *List) timeOf(s *goquery.Selection, now time.Time) (time.Time, crisis.Precision) {
	text := s.AttrOr("datetime", s.AttrOr("content", s.Text()))
	if t, precision, ok := ParseTime(text, zoneOf(l.Zone), now); ok {
		return t, precision
	}
	return time.Time{}, crisis.PrecisionNone
}

// open reads the articles that were not read before. An article that fails is left
// out and tried again at the next visit; a gate ends the reading.
func (l *List) open(ctx context.Context, web *Web, posts []crisis.Post, c *listCursor) (kept []crisis.Post, detail string) {
	now := web.opt.Now()
	opened, failed := 0, 0
	for _, p := range posts {
		switch {
		case p.URL == "" || slices.Contains(c.Opened, p.URL):
			continue
		case opened == l.Limit:
			return kept, fmt.Sprintf("more than %d new articles; the rest follows at the next visit", l.Limit)
		}
		opened++
		err := l.visit(ctx, web, p.URL, func(_ string, doc *goquery.Selection) error {
			p.Text = tidy(doc.Find(l.Article).First().Text())
			if l.Stamp != "" {
				if t, precision := l.timeOf(doc.Find(l.Stamp).First(), now); precision != crisis.PrecisionNone {
					p.Published, p.Precision = t, precision
				}
			}
			return nil
		})
		if err != nil {
			if class := ClassOf(err); class == crisis.ClassGated || class == crisis.ClassRateLimited {
				return kept, fmt.Sprintf("articles: %v", err)
			}
			failed++
			continue
		}
		c.Opened = append(c.Opened, p.URL)
		kept = append(kept, p)
	}
	c.Opened = c.Opened[max(0, len(c.Opened)-remembered):]
	if failed > 0 {
		detail = fmt.Sprintf("%d articles could not be read and are tried again", failed)
	}
	return kept, detail
}

// visit fetches one page with a fresh colly collector and hands its document to f.
// colly is fetch and callback here: our transport does robots.txt, pace, size,
// encoding and addresses, and each collector lives for one page, because its memory
// of visited pages and its storage never shrink.
func (l *List) visit(ctx context.Context, web *Web, page string, f func(base string, doc *goquery.Selection) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = malformed("read the page: %v", p)
		}
	}()
	c := colly.NewCollector(colly.StdlibContext(ctx))
	c.IgnoreRobotsTxt = true // ours expires and matches Chinese paths; see Web.permitted
	c.AllowURLRevisit = true
	c.ParseHTTPErrorResponse = true
	c.MaxBodySize = 0 // Web caps the decompressed body and says so
	c.DisableCookies()
	c.WithTransport(web)
	c.SetRequestTimeout(web.opt.Timeout + web.patience())
	c.SetRedirectHandler(SameSite)
	c.OnResponse(func(r *colly.Response) {
		if e := classify(r.StatusCode, *r.Headers, r.Body, web.opt.Now()); e != nil {
			err = e
			return
		}
		doc, e := goquery.NewDocumentFromReader(strings.NewReader(string(r.Body)))
		if e != nil {
			err = malformed("parse the page: %w", e)
			return
		}
		err = f(r.Request.URL.String(), doc.Selection)
	})
	if e := c.Request(http.MethodGet, page, nil, nil, nil); e != nil && err == nil {
		err = asError(e)
	}
	return err
}
