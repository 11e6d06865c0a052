package town

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"html"
	"iter"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
)

// Sites are the town's sites, served on loopback.
type Sites struct {
	town    *Town
	bases   [siteCount]string
	servers []*http.Server
	running sync.WaitGroup

	// mu guards errs.
	mu   sync.Mutex
	errs []error
}

// Serve serves every site on a loopback port of its own, as of the time that now
// tells. A site that at names keeps the address it has there, so that what points
// to its posts goes on pointing to them. The caller closes them.
func (t *Town) Serve(now func() time.Time, at map[string]string) (*Sites, error) {
	s := &Sites{town: t}
	for i := range sites {
		l, err := net.Listen("tcp", cmp.Or(strings.TrimPrefix(at[sites[i].name], "http://"), "127.0.0.1:0"))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serve %s: %w", sites[i].name, err), s.Close())
		}
		s.bases[i] = "http://" + l.Addr().String()
		server := &http.Server{Handler: t.Handler(sites[i].name, now), ReadHeaderTimeout: 10 * time.Second}
		s.servers = append(s.servers, server)
		s.running.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.errs = append(s.errs, fmt.Errorf("serve %s: %w", sites[i].name, err))
			}
		})
	}
	return s, nil
}

// Close stops the sites and returns what went wrong while they ran.
func (s *Sites) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	s.running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(append(errs, s.errs...)...)
}

// Base returns the address of a site, such as http://127.0.0.1:40123.
func (s *Sites) Base(source string) string {
	for i := range sites {
		if sites[i].name == source {
			return s.bases[i]
		}
	}
	return ""
}

// Addresses returns where every site is served.
func (s *Sites) Addresses() map[string]string {
	out := map[string]string{}
	for i := range sites {
		out[sites[i].name] = s.bases[i]
	}
	return out
}

// Posts yields what Town.Posts yields, with the addresses, and the ids made from
// them, under which crawlers find the same posts here.
func (s *Sites) Posts(from, to time.Time) iter.Seq[crisis.Post] {
	return func(yield func(crisis.Post) bool) {
		for p := range s.town.told(s.bases, from, to) {
			if !yield(p) {
				return
			}
		}
	}
}

// Config returns the part of a configuration that reads the sites where they are
// served.
func (s *Sites) Config() string { return s.town.config(s.bases) }

// Handler answers for one site as of the time that now tells. It knows no other
// site; an unknown name answers 404.
func (t *Town) Handler(source string, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	id := siteID(slices.IndexFunc(sites[:], func(s site) bool { return s.name == source }))
	if int(id) >= siteCount {
		return mux
	}
	f := &front{town: t, id: id, now: now}
	mux.HandleFunc("GET /robots.txt", f.robots)
	if id != forum { // its addresses end in the middle of a segment; forumPage takes them apart
		mux.HandleFunc("GET "+sites[id].path+"{number}", f.article)
	}
	switch id {
	case micro:
		mux.HandleFunc("GET /api/statuses", f.statuses)
	case forum:
		mux.HandleFunc("GET /{page}", f.forumPage)
	case voice:
		mux.HandleFunc("GET /feed.json", f.jsonFeed)
	case news:
		mux.HandleFunc("GET /rss.xml", f.rss)
	case notice:
		mux.HandleFunc("GET /atom.xml", f.atom)
	}
	mux.HandleFunc("GET /{$}", f.home)
	return f.alive(mux)
}

// front is one site as its visitors see it.
type front struct {
	town *Town
	id   siteID
	now  func() time.Time
}

// alive answers 503 for everything once the site has died, as a host does whose
// application is down.
func (f *front) alive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.town.silent(f.id, f.now().Unix()) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<html><head><title>503 Service Temporarily Unavailable</title></head><body><center><h1>503</h1></center></body></html>")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// shows is the time as of which the site shows its posts: a site with a stuck
// cache shows what it once showed.
func (f *front) shows() time.Time {
	now, s := f.now(), f.town.truth.Stale
	if sites[f.id].name == s.Source && !now.Before(s.From) && now.Before(s.To) {
		return s.From
	}
	return now
}

func (f *front) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "# %s\nUser-agent: *\nDisallow: /search\nDisallow: /member/\nDisallow: /admin/\n", sites[f.id].title)
}

// newest returns n posts of the site, the newest first, after skipping some.
func (f *front) newest(r *http.Request, skip, n int) []crisis.Post {
	w := f.walker(r)
	at := f.shows().Unix()
	var out []crisis.Post
	for m := at / 60; n > 0 && m*60 >= f.town.begin.Unix()-60; m-- {
		for _, p := range f.minutely(w, m, at) {
			if skip > 0 {
				skip--
				continue
			}
			if n--; n < 0 {
				break
			}
			out = append(out, p)
		}
	}
	return out
}

// find returns the post with that number, if the site has it by now.
func (f *front) find(r *http.Request, digits string) (crisis.Post, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 {
		return crisis.Post{}, false
	}
	w := f.walker(r)
	row := w.minute(n / room)
	k := int(n % room)
	for _, g := range f.town.visitors(n / room) {
		if g.number == n && siteOf(g.Source) == int(f.id) && !g.At.After(f.now()) {
			return w.guest(&g), true
		}
	}
	if k >= len(row) || row[k].site != f.id || row[k].at > f.now().Unix() {
		return crisis.Post{}, false
	}
	p, _ := w.write(row[k], k)
	return p, true
}

// walker writes the addresses under which the visitor came.
func (f *front) walker(r *http.Request) *walker {
	w := f.town.walker()
	w.bases[f.id] = "http://" + r.Host
	return w
}

// local formats a time as the town's pages do.
func (f *front) local(t time.Time, layout string) string { return t.In(f.town.zone).Format(layout) }

// send answers with a page that can be asked for again with its tag.
func send(w http.ResponseWriter, r *http.Request, kind string, modified time.Time, body []byte) {
	h := fnv.New64a()
	h.Write(body)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", `"`+strconv.FormatUint(h.Sum64(), 16)+`"`)
	w.Header().Set("Cache-Control", "max-age=0, must-revalidate")
	http.ServeContent(w, r, "", modified, bytes.NewReader(body))
}

// modified is when the newest of posts was published.
func modified(posts []crisis.Post) time.Time {
	if len(posts) == 0 {
		return time.Time{}
	}
	return posts[0].Published
}

// article shows one post on a page of its own.
func (f *front) article(w http.ResponseWriter, r *http.Request) {
	p, ok := f.find(r, strings.TrimSuffix(r.PathValue("number"), sites[f.id].tail))
	if !ok {
		http.NotFound(w, r)
		return
	}
	title := p.Title
	if title == "" {
		title = sites[f.id].title
	}
	body := fmt.Sprintf(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s_%s</title></head>
<body><h1>%s</h1><p class="meta"><span class="author">%s</span> <time datetime="%s">%s</time></p>
<div class="content">%s</div></body></html>
`, html.EscapeString(title), sites[f.id].title, html.EscapeString(title), html.EscapeString(p.Author),
		f.local(p.Published, time.RFC3339), f.local(p.Published, "2006-01-02 15:04:05"), html.EscapeString(p.Text))
	send(w, r, "text/html; charset=utf-8", p.Published, []byte(body))
}

// home links to the newest posts.
func (f *front) home(w http.ResponseWriter, r *http.Request) {
	posts := f.newest(r, 0, 30)
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>%[1]s</title></head><body><h1>%[1]s</h1><ul>\n", sites[f.id].title)
	for _, p := range posts {
		text := p.Title
		if text == "" {
			text = p.Text
		}
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a> %s</li>\n", html.EscapeString(p.URL), html.EscapeString(text), f.local(p.Published, "01-02 15:04"))
	}
	b.WriteString("</ul></body></html>\n")
	send(w, r, "text/html; charset=utf-8", modified(posts), b.Bytes())
}
