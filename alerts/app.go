package alerts

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"watchfire/crisis"
)

// appState is what the app of a work chat knows between calls.
type appState struct {
	mu    sync.Mutex // guards the fields below
	seen  *recent    // clicks
	token *chatToken // behind a pointer: what prints the channel does not print it
}

// chatToken is an access token of an app.
type chatToken struct {
	word  crisis.Secret
	until time.Time // when it ends
}

// mostToken is the longest that a token is kept, whatever the chat says.
const mostToken = 24 * time.Hour

// access is the token of the app, asked for when there is none or it will end within ten
// minutes; expire is in seconds. A clock that was set back would keep it too long.
func (s *appState) access(now time.Time, ask func() (word crisis.Secret, expire int64, err error)) (*chatToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && now.Before(s.token.until.Add(-10*time.Minute)) && s.token.until.Sub(now) <= mostToken {
		return s.token, nil
	}
	word, expire, err := ask()
	if err != nil {
		return nil, err
	}
	s.token = &chatToken{word, now.Add(min(time.Duration(min(expire, 1<<20))*time.Second, mostToken))}
	return s.token, nil
}

// drop forgets a token that the chat refused.
func (s *appState) drop(token *chatToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = nil
	}
}

// known are the clicks that were heard, also over the connection before: a chat sends
// again what was not answered.
func (s *appState) known() *recent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = newRecent(1024)
	}
	return s.seen
}

// socketOf reads where an app is to connect to for clicks. Only an interface that is itself
// without TLS, of a test or of a proxy on this machine, may name a place without.
func socketOf(chat, api, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	plain := strings.HasPrefix(api, "http:")
	if err != nil || u.Host == "" || u.Scheme != "wss" && (u.Scheme != "ws" || !plain) {
		return nil, fmt.Errorf("%w: %s names no address to connect to", ErrDeaf, chat)
	}
	return u, nil
}

// plugIn connects for clicks, by frames of at most largest bytes. Of a handshake that failed
// it returns what was answered, zero if nothing was.
func plugIn(ctx context.Context, address *url.URL, timeout time.Duration, largest int64) (*websocket.Conn, response, error) {
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: timeout}
	conn, shake, err := dialer.DialContext(ctx, address.String(), nil)
	if err != nil {
		if shake == nil {
			return nil, response{}, err
		}
		_ = shake.Body.Close() // of a handshake there is no more to read
		return nil, response{status: shake.StatusCode, header: shake.Header}, err
	}
	conn.SetReadLimit(largest)
	return conn, response{}, nil
}

// inTime returns what do brings, or slow when that takes longer than patience; acts waits
// for what goes on.
func inTime[T any](acts *sync.WaitGroup, patience time.Duration, slow T, do func() T) T {
	done := make(chan T, 1)
	acts.Go(func() { done <- do() })
	select {
	case x := <-done:
		return x
	case <-time.After(patience):
		return slow
	}
}
