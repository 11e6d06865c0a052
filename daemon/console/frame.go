package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets
var assetFiles embed.FS

// frame is what every page has around its main part.
type frame struct {
	tongue
	Title   string
	Tab     string // the entry of the menu that is lit
	Live    string // what the page wants to hear of: an incident id or "*"; "" for nothing
	Org     string
	User    string // under whose name acts are recorded; "" before log-in
	Open    bool   // a demo that lets everybody in
	Drill   bool   // a rehearsal
	Plans   bool   // whether there are playbooks to read
	Other   string // this page in the other language
	Version string
	Speed   float64
	Millis  int64 // the console's time, for relative times
	CSS, JS string
	Plot    *plotter // what draws the live chart of the page; nil: it has none
	Worker  string   // the script that registers the service worker
	PushKey string   // our key for pushes, "" when nobody can ask for them
	Waits   bool     // for what is worked out behind it; it asks again
	Said    string   // what the last act brought about
	role    string   // of the reader, "" before log-in
}

// plotter is the script that draws charts, and what it needs. Pages work without it.
type plotter struct{ CSS, Library, JS string }

func (c *Console) plotter() *plotter {
	return &plotter{c.assets["uplot.css"].url, c.assets["uplot.js"].url, c.assets["chart.js"].url}
}

// T says a phrase in the reader's language.
func (f frame) T(key string, args ...any) (string, error) { return f.say(key, args...) }

// Lang is the language of the page.
func (f frame) Lang() string {
	if f.en() {
		return "en"
	}
	return "zh-CN"
}

// Tongue is the language of the page, as readers choose it.
func (f frame) Tongue() string { return f.pick("zh", "en") }

// ZoneName is the zone in which the page shows times.
func (f frame) ZoneName() string { return f.zone.String() }

// Clock is when the page was made.
func (f frame) Clock() string { return f.now.In(f.zone).Format("15:04:05") }

// said are the acts that are confirmed on the page shown next; their words are
// under "said.".
var said = map[string]bool{
	"ack": true, "tick": true, "undo": true, "note": true, "level": true, "happened": true,
	"close": true, "reopen": true, "verdict": true, "resend": true, "silence": true, "unsilence": true, "reread": true, "request": true, "pause": true, "resume": true, "grade": true, "assign": true, "noticed": true, "halt": true, "run": true, "handover": true, "recuse": true, "unrecuse": true, "password": true, "name": true,
	"review": true, "amend": true, "speech": true, "plan": true, "unplan": true, "people": true, "restrict": true, "unrestrict": true, "ended": true, "revoke": true, "push": true, "pushoff": true, "pushtest": true,
}

// frame fills in what all pages share.
func (c *Console) frame(r *http.Request, v *visit, title, tab string) frame {
	f := frame{
		tongue: c.tongue(r), Tab: tab, Org: clean(c.Org, 60), Open: c.Open, Drill: c.Drill, Plans: c.Playbooks != nil,
		Version: c.Version, Speed: c.Speed, CSS: c.assets["style.css"].url, JS: c.assets["app.js"].url, Worker: c.assets["push.js"].url, PushKey: c.pushKey(),
	}
	f.Millis = f.now.UnixMilli()
	if v != nil {
		f.User, f.role = clean(v.name, 40), v.user.Role
	}
	if title != "" {
		f.Title = f.must(title)
	}
	q := r.URL.Query()
	if key := q.Get("said"); said[key] {
		f.Said = f.must("said." + key)
	}
	q.Del("said")
	q.Set("lang", f.pick("en", "zh"))
	f.Other = localPath(r.URL.EscapedPath()) + "?" + q.Encode()
	return f
}

// tongue returns the language, zone and time in which a request is answered.
func (c *Console) tongue(r *http.Request) tongue {
	return tongue{lang: language(r, c.Lang), zone: c.Zone, now: c.Now()}
}

// sharedPages and sharedAssets are read once for all consoles of a process: none writes to them.
var (
	sharedPages  = sync.OnceValues(parsePages)
	sharedAssets = sync.OnceValues(readAssets)
)

// parsePages reads the templates: every page has the layout and the bits.
func parsePages() (map[string]*template.Template, error) {
	shared, err := template.New("").ParseFS(templates, "templates/layout.html", "templates/bits.html", "templates/people.html", "templates/grade.html", "templates/speech.html")
	if err != nil {
		return nil, fmt.Errorf("parse the layout: %w", err)
	}
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list the templates: %w", err)
	}
	pages := map[string]*template.Template{}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "bits" || name == "people" || name == "grade" || name == "speech" {
			continue
		}
		t, err := shared.Clone()
		if err == nil {
			t, err = t.ParseFS(templates, file)
		}
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		pages[name] = t
	}
	return pages, nil
}

// render sends a page, or only its main part when the script asks for that. It
// is complete in memory before the first byte goes out, so that an error in the
// middle is an error page and not half a page.
func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, page string, data any) error {
	t := c.pages[page]
	if t == nil {
		return fmt.Errorf("there is no page %s", page)
	}
	what := "layout"
	if r.Header.Get("X-Part") == "main" {
		what = "main"
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, what, data); err != nil {
		return fmt.Errorf("render %s: %w", page, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("X-Now", strconv.FormatInt(c.Now().UnixMilli(), 10))
	h.Add("Vary", "X-Part, Cookie, Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = b.WriteTo(w) // the reader has gone away: there is nobody to tell
	}
	return nil
}

// asset is an embedded file that pages load.
type asset struct {
	url  string // with the hash of its content, so that it may be kept for ever
	kind string
	body []byte
	zip  []byte // the same compressed; nil: it would not get smaller
}

func readAssets() (map[string]asset, error) {
	files, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	out := map[string]asset{}
	for _, f := range files {
		b, err := fs.ReadFile(assetFiles, "assets/"+f.Name())
		if err != nil {
			return nil, fmt.Errorf("read the asset %s: %w", f.Name(), err)
		}
		sum := sha256.Sum256(b)
		kind := mime.TypeByExtension(path.Ext(f.Name()))
		switch path.Ext(f.Name()) { // what the machine's own tables say does not matter
		case ".css":
			kind = "text/css; charset=utf-8"
		case ".js":
			kind = "text/javascript; charset=utf-8"
		case ".svg":
			kind = "image/svg+xml"
		case ".txt":
			kind = "text/plain; charset=utf-8"
		}
		zip, err := compressed(b)
		if err != nil {
			return nil, fmt.Errorf("compress the asset %s: %w", f.Name(), err)
		}
		out[f.Name()] = asset{"/assets/" + f.Name() + "?v=" + hex.EncodeToString(sum[:6]), kind, b, zip}
	}
	pictures, err := icons()
	if err != nil {
		return nil, fmt.Errorf("draw the icons: %w", err)
	}
	for name, b := range pictures {
		out[name] = asset{url: "/assets/" + name, kind: "image/png", body: b}
	}
	return out, nil
}

func compressed(b []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// asset sends an embedded file, compressed beforehand to whoever can unpack it.
func (c *Console) asset(w http.ResponseWriter, r *http.Request) {
	a, ok := c.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	if strings.HasSuffix(a.url, "?"+r.URL.RawQuery) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.Header().Add("Vary", "Accept-Encoding")
	body := a.body
	if a.zip != nil && wantsPacked(r) && r.Header.Get("Range") == "" {
		body = a.zip
		w.Header().Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
