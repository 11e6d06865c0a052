package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The colours around an installed console: those of its sign, and of the page by day.
const (
	signColour = "#1b2430"
	pageColour = "#f4f3ef"
)

// manifest says how the console is installed on a phone or a desk
// (https://www.w3.org/TR/appmanifest/).
func (c *Console) manifest(w http.ResponseWriter, r *http.Request) {
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	type shortcut struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	t := c.tongue(r)
	m := struct {
		ID          string     `json:"id"`
		Name        string     `json:"name"`
		ShortName   string     `json:"short_name"`
		Description string     `json:"description"`
		Lang        string     `json:"lang"`
		Dir         string     `json:"dir"`
		StartURL    string     `json:"start_url"`
		Scope       string     `json:"scope"`
		Display     string     `json:"display"`
		Theme       string     `json:"theme_color"`
		Background  string     `json:"background_color"`
		Icons       []icon     `json:"icons"`
		Shortcuts   []shortcut `json:"shortcuts"`
	}{
		ID: "/", Name: t.must("install.name"), ShortName: t.must("install.short"), Description: t.must("install.what"), Lang: t.pick("zh-CN", "en"), Dir: "ltr",
		StartURL: "/", Scope: "/", Display: "standalone", Theme: signColour, Background: pageColour,
		Icons: []icon{
			{"/assets/icon-192.png", "192x192", "image/png", ""},
			{"/assets/icon-512.png", "512x512", "image/png", ""},
			{"/assets/icon-mask-512.png", "512x512", "image/png", "maskable"},
			{"/assets/icon.svg", "any", "image/svg+xml", ""},
		},
		Shortcuts: []shortcut{{t.must("tab.now"), "/"}, {t.must("tab.incidents"), "/incidents"}, {t.must("tab.requests"), "/requests"}},
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		c.fail(w, r, fmt.Errorf("encode the manifest: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b) // the reader has gone away: there is nobody to tell
}

// offlinePath is where the page for the time off line is fetched from.
const offlinePath = "/offline"

// serviceWorker is the script that a browser keeps running behind the pages. What it needs
// to know stands in it, so that the browser takes it anew when that changes.
func (c *Console) serviceWorker(w http.ResponseWriter, r *http.Request) {
	files := []string{c.assets["style.css"].url, c.assets["offline.js"].url}
	body := c.assets["sw.js"].body
	for name, value := range map[string]string{"FILES": strings.Join(files, " "), "KEY": c.pushKey()} {
		body = bytes.Replace(body, []byte(`"{`+name+`}"`), []byte(strconv.Quote(value)), 1)
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// Contact is somebody who can be called while the console is out of reach.
type Contact struct {
	Name  string
	Phone string
	Roles []string // in words
	Duty  []Span   // the next times on duty; none: not known, or always
}

// Span is a stretch of time.
type Span struct{ From, To time.Time }

// offlinePage says that nothing can be seen, and whom to call. Browsers keep it for the
// time when the console is out of reach; it holds nothing of any incident.
type offlinePage struct {
	frame
	Script string
	Made   string // when, with the day: it is read much later
	Known  bool   // by whom it was fetched: telephone numbers are for those who log in
	People []contactRow
}

type contactRow struct {
	Name, Phone, Dial string
	Roles             string
	Duty              []string
}

func (c *Console) offline(w http.ResponseWriter, r *http.Request, _ *visit) error {
	v := c.visitor(r)
	if v != nil && v.user.MustChange {
		v = nil
	}
	p := offlinePage{frame: c.frame(r, v, "offline.title", ""), Script: c.assets["offline.js"].url, Known: v != nil}
	when := func(at time.Time) string { return at.In(p.zone).Format(p.pick("1月2日 15:04", "2 Jan 15:04")) }
	p.Made = when(p.now)
	if p.Known && c.Contacts != nil {
		for _, x := range c.Contacts(p.Tongue()) {
			row := contactRow{Name: clean(x.Name, 40), Phone: clean(x.Phone, 40), Dial: dial(x.Phone), Roles: clean(strings.Join(x.Roles, p.pick("、", ", ")), 200)}
			for _, s := range x.Duty {
				row.Duty = append(row.Duty, p.must("offline.span", when(s.From), when(s.To)))
			}
			p.People = append(p.People, row)
		}
		slices.SortStableFunc(p.People, func(a, b contactRow) int { return min(len(b.Duty), 1) - min(len(a.Duty), 1) }) // those with a turn of duty first
	}
	return c.render(w, r, http.StatusOK, "offline", p)
}

// dial is a telephone number as it stands in a link.
func dial(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}
