package daemon

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// fakeChat is what fake chats have in common: an address, and a socket for clicks that can
// be taken down while the rest goes on.
type fakeChat struct {
	t   *testing.T
	url string

	mu   sync.Mutex // guards the fields below, and those of the chat
	down bool       // the socket
	cut  bool       // every connection breaks off
	conn *websocket.Conn
	n    int // of clicks

	hello   chan bool
	changed chan bool // a message was posted or edited
	told    chan string
}

// open lets the chat answer at an address of its own.
func (f *fakeChat) open(t *testing.T, serve http.HandlerFunc) {
	f.t, f.hello, f.changed, f.told = t, make(chan bool, 16), make(chan bool, 256), make(chan string, 16)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.isCut() {
			panic(http.ErrAbortHandler)
		}
		serve(w, r)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(f.hangUp)
	f.url = s.URL
}

func (f *fakeChat) events() (hello, changed chan bool, told chan string) {
	return f.hello, f.changed, f.told
}

func (f *fakeChat) isDown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *fakeChat) isCut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cut
}

// cutOff breaks all connections off, or lets them be made again.
func (f *fakeChat) cutOff(cut bool) {
	f.lose(&f.cut, cut)
}

// lose turns a fault on or off; one that begins ends the connection for clicks.
func (f *fakeChat) lose(fault *bool, on bool) {
	f.mu.Lock()
	*fault = on
	f.mu.Unlock()
	if on {
		f.hangUp()
	}
}

func (f *fakeChat) answer(w http.ResponseWriter, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// accept takes a connection for clicks; nil if there is none.
func (f *fakeChat) accept(w http.ResponseWriter, r *http.Request) *websocket.Conn {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conn = conn
	return conn
}

// outage takes the socket down, or up again; messages are posted and edited as ever.
func (f *fakeChat) outage(down bool) {
	f.lose(&f.down, down)
}

func (f *fakeChat) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn != nil {
		_ = f.conn.Close()
	}
}

// wordy says whether all of some words are in a text.
func wordy(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
