package town

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

// Sites are the town's web sites while they are served.
type Sites struct {
	URLs map[string]string // by source

	servers []*http.Server
	wg      sync.WaitGroup
}

// Serve serves every site on a loopback port of its own, showing what had been
// published at now() each time it is asked.
func (t *Town) Serve(now func() time.Time) (*Sites, error) {
	s := &Sites{URLs: map[string]string{}}
	for source, page := range map[string]http.HandlerFunc{
		Forum: t.forum(now), News: t.news(now), Micro: t.micro(now), Notice: t.notices(now),
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serve %s: %w", source, err), s.Close())
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "User-agent: *\nDisallow: /private/\n")
		})
		mux.HandleFunc("GET /", page)
		server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
		s.servers = append(s.servers, server)
		s.URLs[source] = "http://" + l.Addr().String()
		s.wg.Go(func() { _ = server.Serve(l) }) // ends with ErrServerClosed when Close is called
	}
	return s, nil
}

// Close stops the sites.
func (s *Sites) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var errs []error
	for _, server := range s.servers {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, err, server.Close())
		}
	}
	s.wg.Wait()
	return errors.Join(errs...)
}

// Config returns the sources section of a configuration that reads the sites.
func (s *Sites) Config() string {
	return fmt.Sprintf(`sources:
  - name: %s
    title: 云川论坛
    every: 2m
    list:
      url: %s/board
      item: article
      link: a.link
      title: .none
      text: .text
      time: time
      author: .who
      kind: post
  - name: %s
    title: 云川新闻网
    every: 5m
    feed: {url: %s/rss.xml}
  - name: %s
    title: 云川微播
    every: 2m
    json:
      url: %s/api/timeline?page={page}
      items: data.list
      id: id
      text: text
      author: uid
      published: created_at
      success: ok=1
      kind: post
      pages: 2
  - name: %s
    title: 云川发布
    every: 5m
    feed: {url: %s/atom.xml}
`, Forum, s.URLs[Forum], News, s.URLs[News], Micro, s.URLs[Micro], Notice, s.URLs[Notice])
}

// window is how many posts a page shows: more than the town says between two visits.
const window = 100

func (t *Town) forum(now func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var b strings.Builder
		b.WriteString(`<!doctype html><html><head><meta charset="gb2312"><title>云川论坛</title></head><body>`)
		posts := t.newest(Forum, now(), window)
		if id, ok := strings.CutPrefix(r.URL.Path, "/t/"); ok {
			posts = nil
			for _, p := range t.newest(Forum, now(), 2000) {
				if p.ID == id {
					posts = []crisis.Post{p}
				}
			}
			if posts == nil {
				http.NotFound(w, r)
				return
			}
		}
		for _, p := range posts {
			fmt.Fprintf(&b, `<article><a class="link" href="/t/%s">#</a><span class="who">%s</span><time datetime="%s">x</time><p class="text">%s</p></article>`,
				p.ID, html.EscapeString(p.Author), p.Published.Format(time.RFC3339), html.EscapeString(p.Text))
		}
		b.WriteString("</body></html>")
		out, err := simplifiedchinese.GB18030.NewEncoder().String(b.String())
		if err != nil {
			http.Error(w, "encode", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, out)
	}
}

func (t *Town) micro(now func() time.Time) http.HandlerFunc {
	type item struct {
		ID        string `json:"id"`
		Text      string `json:"text"`
		UID       string `json:"uid"`
		CreatedAt string `json:"created_at"`
	}
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil || page < 1 {
			page = 1
		}
		posts := t.newest(Micro, now(), page*window)
		posts = posts[min(len(posts), (page-1)*window):]
		items := make([]item, 0, len(posts))
		for _, p := range posts {
			items = append(items, item{p.ID, p.Text, p.Author, p.Published.In(t.zone).Format("2006-01-02 15:04:05")})
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(map[string]any{"ok": 1, "data": map[string]any{"list": items}}) // the reader has gone away
	}
}

// tagged answers with a body under an ETag, or 304.
func tagged(w http.ResponseWriter, r *http.Request, kind, tag, body string) {
	tag = strconv.Quote(tag)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", kind)
	fmt.Fprint(w, body)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

func newestID(posts []crisis.Post) string {
	if len(posts) == 0 {
		return "empty"
	}
	return posts[0].ID
}

func (t *Town) news(now func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		posts := t.newest(News, now(), window)
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>云川新闻网</title><language>zh-cn</language>`)
		for _, p := range posts {
			fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid><link>/n/%s</link><title>%s</title><description>%s</description><pubDate>%s</pubDate></item>`,
				p.ID, p.ID, escape(p.Title), escape(p.Text), p.Published.In(t.zone).Format(time.RFC1123Z))
		}
		b.WriteString("</channel></rss>")
		tagged(w, r, "application/rss+xml", newestID(posts), b.String())
	}
}

// notices is the site that dies: from its hour on it answers 503.
func (t *Town) notices(now func() time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if x := t.Truth(); !now().Before(x.Dead) && now().Before(x.Statement) {
			http.Error(w, "maintenance", http.StatusServiceUnavailable)
			return
		}
		posts := t.newest(Notice, now(), window)
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>云川发布</title><id>urn:yunchuan</id>`)
		for _, p := range posts {
			fmt.Fprintf(&b, `<entry><id>%s</id><title>%s</title><content type="text">%s</content><published>%s</published><updated>%s</updated><link href="/a/%s"/></entry>`,
				p.ID, escape(p.Title), escape(p.Text), p.Published.Format(time.RFC3339), p.Published.Format(time.RFC3339), p.ID)
		}
		b.WriteString("</feed>")
		tagged(w, r, "application/atom+xml", newestID(posts), b.String())
	}
}
