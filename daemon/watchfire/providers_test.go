package main

import (
	"database/sql"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/crisis"
)

const slackToken = "xoxb-of-a-test"

// workspace is a workspace of Slack with one channel. It takes messages, replies and edits,
// all but the first, which it refuses.
type workspace struct {
	server *httptest.Server

	mu       sync.Mutex // guards the fields below
	refused  bool       // the first
	messages []message
	edits    int
}

// message is a message in the channel.
type message struct {
	id     string // of its alert, which people do not see
	repeat bool   // it says that it may have arrived before
}

func newWorkspace(t testing.TB) *workspace {
	s := &workspace{}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// told says whether there are messages: what was refused before them is booked.
func (s *workspace) told() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.messages) > 0
}

// ServeHTTP is Slack's API.
func (s *workspace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v map[string]any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the daemon may be gone
	}
	refuse := func(code string) { answer(map[string]any{"ok": false, "error": code}) }
	if r.FormValue("token") != slackToken && r.Header.Get("Authorization") != "Bearer "+slackToken {
		refuse("invalid_auth")
		return
	}
	if r.FormValue("channel") != "C1" {
		refuse("channel_not_found")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := func(ts string) bool {
		var n int
		_, err := fmt.Sscanf(ts, "1.%d", &n)
		return err == nil && n < len(s.messages)
	}
	switch ts, thread := r.FormValue("ts"), r.FormValue("thread_ts"); {
	case r.URL.Path == "/api/chat.postMessage" && thread != "" && !known(thread):
		refuse("thread_not_found")
	case !s.refused:
		s.refused = true
		refuse("restricted_action")
	case r.URL.Path == "/api/chat.postMessage":
		s.messages = append(s.messages, message{idOf(r.FormValue("metadata")), strings.Contains(r.FormValue("text"), "可能重复")})
		answer(map[string]any{"ok": true, "channel": "C1", "ts": fmt.Sprintf("1.%d", len(s.messages)-1)})
	case r.URL.Path == "/api/chat.update" && known(ts):
		s.edits++
		answer(map[string]any{"ok": true, "channel": "C1", "ts": ts, "text": r.FormValue("text")})
	case r.URL.Path == "/api/chat.update":
		refuse("message_not_found")
	default:
		refuse("unknown_method")
	}
}

// idOf reads the id of the alert in the metadata of a message.
func idOf(metadata string) string {
	var m struct {
		Payload struct{ ID string } `json:"event_payload"`
	}
	_ = json.Unmarshal([]byte(metadata), &m) // no id is of no alert in the store
	return m.Payload.ID
}

// received returns the messages of each alert: whether each says that it may have arrived
// before.
func (s *workspace) received() map[string][]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string][]bool{}
	for _, m := range s.messages {
		out[m.id] = append(out[m.id], m.repeat)
	}
	return out
}

// site is a site with a feed, whose second visitor finds it out of order.
type site struct {
	server *httptest.Server

	mu    sync.Mutex // guards the fields below
	since time.Time
	seen  int
}

// siteItems is how many items the feed has.
const siteItems = 12

func newSite(t testing.TB) *site {
	s := &site{}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) publish(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since = at
}

func (s *site) visits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// ServeHTTP is the feed.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/feed" {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen++; s.seen == 2 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	type item struct {
		GUID  string `xml:"guid"`
		Title string `xml:"title"`
		Date  string `xml:"pubDate"`
	}
	var feed struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Items   []item   `xml:"channel>item"`
	}
	feed.Version = "2.0"
	for i := range siteItems {
		feed.Items = append(feed.Items, item{GUID: fmt.Sprint("item-", i), Title: fmt.Sprintf("广场第%d场灯会", i), Date: s.since.UTC().Format(time.RFC1123Z)})
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	_ = xml.NewEncoder(w).Encode(feed) // the daemon may be gone
}

// holdSite checks that every item of the feed is stored, once.
func (w *world) holdSite() {
	w.t.Helper()
	times := map[string]int{}
	w.query("SELECT id FROM posts WHERE source = 'site'", func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		times[id]++
		return err
	})
	for i := range siteItems {
		if id := fmt.Sprint("item-", i); times[id] != 1 {
			w.t.Errorf("%s of the feed is stored %d times", id, times[id])
		}
	}
}

// query asks the store of a daemon that is stopped what nothing but a test asks.
func (w *world) query(text string, each func(*sql.Rows) error, args ...any) {
	w.t.Helper()
	path := w.path
	if path == "" {
		path = filepath.Join(w.dir, "data", "watchfire.db")
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw") // else a wrong path is an empty store
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(w.t.Context(), text, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
}

// notesStored returns the notes of all timelines.
func (w *world) notesStored() (out []string) {
	w.t.Helper()
	w.query("SELECT data FROM events WHERE kind = ?", func(rows *sql.Rows) error {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return err
		}
		var r crisis.Remark
		err := json.Unmarshal(data, &r)
		out = append(out, r.Text)
		return err
	}, string(crisis.EventNote))
	slices.Sort(out)
	return out
}
