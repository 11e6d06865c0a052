package crawlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"watchfire/crisis"
)

// Feed reads RSS 2.0, RSS 1.0 (RDF), Atom and JSON Feed.
type Feed struct {
	URL  string `yaml:"url" doc:"address of the feed"`
	Zone string `yaml:"zone" doc:"time zone of times that state none"`
}

type feedCursor struct {
	Conditions
}

// Check implements Kind.
func (f *Feed) Check() error { return errors.Join(checkURL(f.URL), checkZone(f.Zone)) }

// Crawl fetches the feed, if it has changed.
func (f *Feed) Crawl(ctx context.Context, web *Web, cursor string) (Harvest, error) {
	c := loadCursor[feedCursor](cursor)
	page, err := web.Get(ctx, f.URL, c.Conditions)
	if err != nil {
		return Harvest{}, err
	}
	if page.NotModified {
		return Harvest{Cursor: cursor, Class: crisis.ClassNotModified}, nil
	}
	posts, err := f.parse(page, web.opt.Now())
	if err != nil {
		return Harvest{}, err
	}
	return harvested(posts, feedCursor{page.Conditions}), nil
}

func (f *Feed) parse(page *Page, now time.Time) ([]crisis.Post, error) {
	if err := notData("a feed", page.Body); err != nil {
		return nil, err
	}
	feed, err := parseFeed(page.Body)
	if err != nil {
		return nil, malformed("parse the feed: %w", err)
	}
	zone := zoneOf(f.Zone)
	var posts []crisis.Post
	index := map[string]int{}
	for _, item := range feed.Items {
		p := f.post(item, page.URL, zone, now)
		p.Lang = feed.Language
		if p.Text == "" && p.Title == "" {
			continue
		}
		if i, ok := index[p.ID]; ok { // the same id twice is an edit: the last one stands
			posts[i] = p
			continue
		}
		index[p.ID] = len(posts)
		posts = append(posts, p)
	}
	if len(posts) == 0 && len(feed.Items) > 0 {
		return nil, unread(len(feed.Items), "")
	}
	return posts, nil
}

// parseFeed keeps a panic of the library, which meets whatever sites write, from
// being ours.
func parseFeed(body []byte) (feed *gofeed.Feed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return gofeed.NewParser().Parse(bytes.NewReader(body))
}

func (f *Feed) post(item *gofeed.Item, base string, zone *time.Location, now time.Time) crisis.Post {
	text := item.Content
	if text == "" {
		text = item.Description
	}
	p := crisis.Post{
		ID: item.GUID, Kind: crisis.KindArticle, URL: address(base, item.Link),
		Title: Plain(item.Title), Text: Plain(text), Precision: crisis.PrecisionNone,
	}
	if len(item.Authors) > 0 && item.Authors[0] != nil {
		p.Author = item.Authors[0].Name
		if said, ok := strings.CutPrefix(p.Title, tidy(p.Author)+":"); ok && p.Author != "" { // as RSSHub writes titles
			p.Title = tidy(said)
		}
	}
	// The library reads times without a zone as UTC and CST as America's, so the
	// text is read again.
	for _, s := range []string{item.Published, item.Updated} {
		if t, precision, ok := ParseTime(s, zone, now); ok {
			p.Published, p.Precision = t, precision
			break
		}
	}
	if p.ID == "" {
		p.ID = item.Link
	}
	if p.ID == "" {
		p.ID = madeID(p.Title, p.Text)
	}
	return p
}
