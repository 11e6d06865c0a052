package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// promises is what a trace shows that the daemon has answered for.
type promises struct {
	t        *testing.T
	asked    map[int][]byte  // what was read from a connection and not answered, by descriptor
	posts    map[string]bool // taken with an answer
	alerts   map[string]bool // that have left for the webhook
	notes    map[string]bool // answered
	ticks    int             // links that were opened and answered
	messages int             // that have left for Slack
}

func newPromises(t *testing.T) *promises {
	return &promises{t: t, asked: map[int][]byte{}, posts: map[string]bool{}, alerts: map[string]bool{}, notes: map[string]bool{}}
}

// String counts them.
func (p *promises) String() string {
	return fmt.Sprintf("%d posts, %d alerts, %d messages, %d notes, %d ticks", len(p.posts), len(p.alerts), p.messages, len(p.notes), p.ticks)
}

var webhookID = regexp.MustCompile(`(?i)\r\nwebhook-id: ([^\r]+)\r`)

// call looks at one system call, and says whether it made a promise.
func (p *promises) call(name, args, result string) bool {
	if name != "read" && name != "write" && name != "close" {
		return false
	}
	parts := strings.SplitN(args, ", ", 2)
	fd, err := strconv.Atoi(parts[0])
	if err != nil {
		p.t.Fatalf("%s(%.80s): %v", name, args, err)
	}
	if name == "close" {
		delete(p.asked, fd)
		return false
	}
	text, _, _ := strings.Cut(parts[1], `", `)
	data := unhex(p.t, text)
	if n := int(number(p.t, result)); n < len(data) {
		data = data[:n]
	}
	switch {
	case name == "read":
		if len(p.asked[fd]) > 0 || strings.HasPrefix(data, "POST ") || data == "P" { // the server reads one byte ahead
			p.asked[fd] = append(p.asked[fd], data...)
		}
	case strings.HasPrefix(data, "HTTP/1.1 "):
		asked := p.asked[fd]
		delete(p.asked, fd)
		return p.answered(asked, data[len("HTTP/1.1 "):len("HTTP/1.1 202")])
	case strings.HasPrefix(data, "POST /api/chat.postMessage "):
		p.messages++
		return true
	case strings.HasPrefix(data, "POST / "):
		if m := webhookID.FindStringSubmatch(data); m != nil {
			p.alerts[m[1]] = true
			return true
		}
	}
	return false
}

// answered notes what an answer promises to who asked.
func (p *promises) answered(asked []byte, status string) bool {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(asked)))
	if err != nil {
		return false // a page was read
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(req.Body); err != nil {
		p.t.Errorf("%s %s was answered %s before it was read: %v", req.Method, req.URL.Path, status, err)
		return false
	}
	form, _ := url.ParseQuery(body.String()) // nothing, where it is no form
	switch path := req.URL.Path; {
	case path == "/in/vendor" && status == "202":
		var posts []crisis.Post
		if err := json.Unmarshal(body.Bytes(), &posts); err != nil {
			p.t.Errorf("posts that were taken: %v", err)
		}
		for i := range posts {
			p.posts[posts[i].ID] = true
		}
	case strings.HasPrefix(path, "/tap/") && status == "200":
		p.ticks++
	case strings.HasPrefix(path, "/incidents/") && status == "303" && form.Get("do") == "note":
		p.notes[form.Get("note")] = true
	default:
		return false
	}
	return true
}

// hold checks a store that is all that is left.
func (p *promises) hold(path, when string) {
	p.t.Helper()
	s, err := store.Open(path)
	if err != nil {
		p.t.Fatalf("%s: %v", when, err)
	}
	if err := s.Verify(context.Background()); err != nil {
		p.t.Errorf("%s: %v", when, err)
	}
	w := &world{t: p.t, path: path}
	posts, tried := map[string]bool{}, map[string]int{}
	ticks, messages := 0, 0
	w.query("SELECT id FROM posts WHERE source = 'vendor'", func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		posts[id] = true
		return err
	})
	w.query("SELECT id, channel, attempts FROM outbox WHERE state <> 'waiting' OR attempts > 0", func(rows *sql.Rows) error {
		var id, channel string
		var attempts int
		err := rows.Scan(&id, &channel, &attempts)
		if tried[id] = attempts; channel == "slack" {
			messages += attempts
		}
		return err
	})
	w.query("SELECT count(*) FROM events WHERE actor = '王强'", func(rows *sql.Rows) error { return rows.Scan(&ticks) })
	notes := map[string]bool{}
	for _, n := range w.notesStored() {
		notes[n] = true
	}
	if err := s.Close(); err != nil {
		p.t.Error(err)
	}
	for id := range p.posts {
		if !posts[id] {
			p.t.Errorf("%s: post %s was taken and is lost", when, id)
		}
	}
	for id := range p.alerts {
		if tried[id] == 0 {
			p.t.Errorf("%s: alert %s had left and the outbox does not know", when, id)
		}
	}
	for n := range p.notes {
		if !notes[n] {
			p.t.Errorf("%s: note %s was answered and is lost", when, n)
		}
	}
	if ticks < p.ticks || messages < p.messages {
		p.t.Errorf("%s: %d of %d acts and %d of %d attempts on Slack are left", when, ticks, p.ticks, messages, p.messages)
	}
}
