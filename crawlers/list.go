package crawlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
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
	Empty   string      `yaml:"empty" doc:"selector of what the page shows when the list is empty; without it a list without entries is an error"`
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
	Conditions
	history
	Opened []string `json:"opened,omitempty"`
}

// remembered is how many opened articles a cursor remembers at least.
const remembered = 500

// Check implements Kind.
func (l *List) Check() error {
	errs := []error{checkURL(l.URL), checkZone(l.Zone), checkKind(l.Kind)}
	if l.Item == "" {
		errs = append(errs, errors.New("item: missing; write the selector of one entry, such as ul.news li"))
	}
	for _, s := range []struct{ key, selector string }{
		{"item", l.Item},
		{"link", l.Link},
		{"title", l.Title},
		{"text", l.Text},
		{"empty", l.Empty},
		{"time", l.Time},
		{"author", l.Author},
		{"article", l.Article},
		{"article_time", l.Stamp},
	} {
		if _, err := cascadia.ParseGroup(s.selector); s.selector != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %q is not a CSS selector: %w", s.key, s.selector, err))
		}
	}
	if l.Limit < 1 || l.Limit > 500 {
		errs = append(errs, fmt.Errorf("limit: %d; write a number from 1 to 500", l.Limit))
	}
	return errors.Join(errs...)
}

// Crawl reads the list, if it has changed or is a board, and opens the articles that are new.
func (l *List) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[listCursor](cursor)
	var posts []crisis.Post
	if l.Kind == crisis.KindBoard { // also a board that has not changed tells its places
		c.Conditions = Conditions{}
	}
	page, err := l.visit(ctx, web, l.URL, c.Conditions, func(page *Page, doc *goquery.Document) (err error) {
		posts, err = l.entries(doc, page.URL, web.opt.Now())
		return err
	})
	switch {
	case err != nil:
		return Harvest{}, err
	case page.NotModified:
		return Harvest{Cursor: cursor, Class: crisis.ClassNotModified}, nil
	}
	c.Conditions = page.Conditions
	if l.Article == "" {
		placed(posts)
		return harvested(posts, c), nil
	}
	return l.open(ctx, web, posts, c, cursor == "")
}

// entries reads the entries of a list. A list without entries is an error unless
// the page says that it is empty: a site that has changed its pages, or shows us
// another one, has not fallen silent.
func (l *List) entries(doc *goquery.Document, base string, now time.Time) ([]crisis.Post, error) {
	if href, ok := doc.Find("base[href]").Attr("href"); ok && address(base, href) != "" {
		base = address(base, href)
	}
	found := doc.Find(l.Item)
	if found.Length() == 0 {
		if l.Empty != "" && doc.Find(l.Empty).Length() > 0 {
			return nil, nil
		}
		return nil, &Error{Class: crisis.ClassSoftError, Err: fmt.Errorf("%w for %q: the page has changed or is another one", errNoItems, l.Item)}
	}
	var posts []crisis.Post
	found.Each(func(_ int, s *goquery.Selection) {
		if p, ok := l.entry(s, base, now); ok {
			posts = append(posts, p)
		}
	})
	if len(posts) == 0 {
		return nil, unread(found.Length(), fmt.Sprintf(" for %q", l.Item))
	}
	return posts, nil
}

// entry reads one entry; one whose link leads nowhere, such as a button, is none.
func (l *List) entry(s *goquery.Selection, base string, now time.Time) (crisis.Post, bool) {
	link := s.Find("a[href]").First()
	if goquery.NodeName(s) == "a" {
		link = s
	}
	if l.Link != "" {
		link = s.Find(l.Link).First()
	}
	p := crisis.Post{Kind: l.Kind, Precision: crisis.PrecisionNone}
	href := strings.TrimSpace(link.AttrOr("href", ""))
	p.URL = address(base, href)
	if p.URL == "" && href != "" && href[0] != '#' {
		return p, false
	}
	p.Title = tidy(link.Text())
	if full, ok := link.Attr("title"); ok && l.Title == "" && len(full) > len(p.Title) {
		p.Title = tidy(full)
	}
	if l.Title != "" {
		p.Title = tidy(s.Find(l.Title).First().Text())
	}
	if l.Text != "" {
		p.Text = textOf(s.Find(l.Text))
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
	return p, p.Title != "" || p.Text != ""
}

// textOf is the text of what a selector found, without scripts and styles; what
// lies inside another find is not said twice.
func textOf(found *goquery.Selection) string {
	var parts []string
	found.Each(func(_ int, s *goquery.Selection) {
		if s.Parents().IsSelection(found) {
			return
		}
		if html, err := s.Html(); err == nil {
			parts = append(parts, html)
		}
	})
	return Plain(strings.Join(parts, "<br>"))
}

func (l *List) timeOf(s *goquery.Selection, now time.Time) (time.Time, crisis.Precision) {
	text := s.AttrOr("datetime", s.AttrOr("content", s.Text()))
	if t, precision, ok := ParseTime(text, zoneOf(l.Zone), now); ok {
		return t, precision
	}
	return time.Time{}, crisis.PrecisionNone
}

// visit fetches one page with a fresh colly collector and hands its document to f.
// colly is fetch and callback here: our transport does robots.txt, pace, size,
// encoding and addresses, and each collector lives for one page, because its memory
// of visited pages and its storage never shrink.
func (l *List) visit(ctx context.Context, web *Web, address string, c Conditions, f func(*Page, *goquery.Document) error) (page *Page, err error) {
	defer func() {
		if p := recover(); p != nil {
			page, err = nil, malformed("read the page: %v", p)
		}
	}()
	asked := c.header(address)
	err = errors.New("the page was not answered")
	collector := newCollector(ctx, web)
	collector.OnResponse(func(r *colly.Response) {
		page, err = newPage(address, asked, answer{r.Request.URL.String(), r.StatusCode, *r.Headers, r.Body}, web.opt.Now())
		if err != nil || page.NotModified {
			return
		}
		doc, e := goquery.NewDocumentFromReader(bytes.NewReader(page.Body))
		if e != nil {
			err = malformed("parse the page: %w", e)
			return
		}
		err = f(page, doc)
	})
	if e := collector.Request(http.MethodGet, address, nil, nil, asked.Clone()); e != nil {
		return nil, asError(e)
	}
	if err != nil {
		return nil, asError(err)
	}
	return page, nil
}

// newCollector makes a collector that leaves everything to Web. All of it is set
// after the making, which lets the environment change any of it.
func newCollector(ctx context.Context, web *Web) *colly.Collector {
	c := colly.NewCollector(colly.StdlibContext(ctx))
	c.IgnoreRobotsTxt = true // ours expires and matches Chinese paths; see Web.permitted
	c.AllowURLRevisit = true
	c.ParseHTTPErrorResponse = true
	c.DetectCharset = false
	c.MaxBodySize = 0 // Web caps the unpacked body and says so
	c.MaxDepth, c.CacheDir, c.TraceHTTP = 0, "", false
	c.AllowedDomains, c.DisallowedDomains = nil, nil
	c.DisableCookies()
	c.WithTransport(web)
	c.SetRequestTimeout(0) // Web's time-out does not count the wait for our turn
	c.SetRedirectHandler(SameSite)
	return c
}
