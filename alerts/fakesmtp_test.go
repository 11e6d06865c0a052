package alerts

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeSMTP is a mail server that keeps to RFC 5321: the order of commands, lines of
// at most 998 bytes, no bare line feed, STARTTLS and login before mail.
type fakeSMTP struct {
	port int
	ca   string // file of its certificate
	cert tls.Certificate

	implicit, plain bool              // TLS from the first byte; none at all
	mechanisms      string            // "PLAIN" if empty
	size            int               // most bytes of a message, 0: any
	fail            map[string]string // answer to a command, or to "RCPT <address>", "GREETING", "BODY"

	mu    sync.Mutex // guards what follows
	boxes map[string][]string
}

func newFakeSMTP(t *testing.T, change func(f *fakeSMTP)) *fakeSMTP {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer s.Close()
	f := &fakeSMTP{boxes: map[string][]string{}, fail: map[string]string{}, cert: s.TLS.Certificates[0], ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(f.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(f)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.port = l.Addr().(*net.TCPAddr).Port
	var open sync.WaitGroup
	var conns []net.Conn
	var mu sync.Mutex
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			open.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	return f
}

// newEmail is a channel that sends over the server.
func (f *fakeSMTP) newEmail(to ...string) *Email {
	e := &Email{
		Host: "127.0.0.1", Port: f.port, Security: SecurityStartTLS, CA: f.ca, Username: "watchfire", Password: token,
		From: "烽燧 <watchfire@yunchuan.example>", To: to, Timeout: 10 * time.Second,
	}
	if f.implicit {
		e.Security = SecurityTLS
	}
	if f.plain {
		e.Security, e.Username, e.Password = SecurityNone, "", ""
	}
	if len(to) == 0 {
		e.To = []string{"duty@yunchuan.example"}
	}
	return e
}

// permit takes a failure back while the server runs.
func (f *fakeSMTP) permit(stage string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.fail, stage)
}

func (f *fakeSMTP) failure(stage string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer, ok := f.fail[stage]
	return answer, ok
}

func (f *fakeSMTP) box(address string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.boxes[address]
}

// session is one connection.
type session struct {
	*fakeSMTP
	conn              net.Conn
	r                 *bufio.Reader
	helo, tls, logged bool
	from              string
	to                []string
}

func (f *fakeSMTP) serve(c net.Conn) {
	defer c.Close()
	s := &session{fakeSMTP: f, conn: c}
	if f.implicit {
		s.upgrade()
	}
	s.r = bufio.NewReader(s.conn)
	greeting, _ := f.failure("GREETING")
	if greeting == "hangs" {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	if greeting != "" {
		s.say(greeting)
		return
	}
	s.say("220 mail.example ESMTP")
	for {
		line, err := s.r.ReadString('\n')
		if err != nil || !s.command(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

func (s *session) upgrade() {
	s.conn, s.tls = tls.Server(s.conn, &tls.Config{Certificates: []tls.Certificate{s.cert}}), true
	s.r = bufio.NewReader(s.conn)
}

func (s *session) say(line string) { fmt.Fprint(s.conn, strings.ReplaceAll(line, "\n", "\r\n")+"\r\n") }

// command answers one command and says whether the connection goes on.
func (s *session) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	if answer, ok := s.failure(verb); ok {
		if answer == "cuts" {
			return false
		}
		s.say(answer)
		return true
	}
	switch verb {
	case "EHLO", "HELO":
		s.helo = true
		extensions := "250-mail.example\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n"
		if !s.tls && !s.plain {
			extensions += "250-STARTTLS\n"
		} else if !s.plain {
			mechanisms := s.mechanisms
			if mechanisms == "" {
				mechanisms = "PLAIN"
			}
			extensions += "250-AUTH " + mechanisms + "\n"
		}
		s.say(extensions + "250 SIZE 10240000")
	case "STARTTLS":
		s.say("220 go ahead")
		s.upgrade()
	case "AUTH":
		if want := "PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00watchfire\x00"+token)); !s.tls || rest != want {
			s.say("535 5.7.8 wrong: " + rest)
			return true
		}
		s.logged = true
		s.say("235 2.7.0 welcome")
	case "MAIL":
		if !s.helo || !s.plain && !s.logged {
			s.say("530 5.7.0 log in first")
			return true
		}
		s.from = rest
		s.say("250 2.1.0 ok")
	case "RCPT":
		s.recipient(rest)
	case "DATA":
		return s.data()
	case "QUIT":
		s.say("221 2.0.0 bye")
		return false
	case "NOOP", "RSET":
		s.say("250 ok")
	default:
		s.say("500 5.5.1 unknown")
	}
	return true
}

func (s *session) recipient(rest string) {
	address := strings.Trim(strings.TrimPrefix(rest, "TO:"), "<>")
	if answer, ok := s.failure("RCPT " + address); ok {
		s.say(answer)
		return
	}
	if s.from == "" {
		s.say("503 5.5.1 sender first")
		return
	}
	s.to = append(s.to, address)
	s.say("250 2.1.5 ok")
}

func (s *session) data() bool {
	if len(s.to) == 0 {
		s.say("554 5.5.1 no valid recipients")
		return true
	}
	s.say("354 go ahead")
	var b bytes.Buffer
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		if len(line) > 1000 || !strings.HasSuffix(line, "\r\n") || strings.ContainsFunc(line, func(r rune) bool { return r == 0 || r > 126 }) {
			s.say("554 5.6.0 malformed line")
			return false
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	if s.size > 0 && b.Len() > s.size {
		s.say("552 5.3.4 too large")
		return true
	}
	if answer, _ := s.failure("BODY"); answer != "" {
		s.say(answer)
		return true
	}
	s.mu.Lock()
	for _, to := range s.to {
		s.boxes[to] = append(s.boxes[to], b.String())
	}
	s.mu.Unlock()
	s.from, s.to = "", nil
	s.say("250 2.0.0 queued")
	return true
}
