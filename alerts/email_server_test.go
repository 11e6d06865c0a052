package alerts

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestEmailServer sends to a mail server that others wrote: Debian's aiosmtpd.
func TestEmailServer(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Debian's modules
	if err := exec.Command(python, "-c", "import aiosmtpd").Run(); err != nil {
		t.Skip("there is no mail server to try: apt-get install python3-aiosmtpd")
	}
	f := newFakeSMTP(t, nil) // for its certificate
	key, cert := filepath.Join(t.TempDir(), "key.pem"), f.ca
	der, err := x509.MarshalPKCS8PrivateKey(f.cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-W", "ignore", "testdata/smtpd.py", cert, key, "watchfire", token)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(complaints.String())
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatalf("the server does not start: %v", lines.Err())
	}
	e := f.newEmail("值班 <duty@yunchuan.example>", "gone@yunchuan.example")
	if e.Port, err = strconv.Atoi(lines.Text()); err != nil {
		t.Fatal(err)
	}

	a := pictured("zh")
	e.Chart = true
	var refused *Refused
	if _, err := e.Send(t.Context(), a); !errors.As(err, &refused) || !strings.Contains(refused.Fix, "gone@yunchuan.example") {
		t.Errorf("%v, %+v, want a fix that names who is gone", err, refused)
	}
	var got struct {
		From, Raw string
		To        []string
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &got) != nil {
		t.Fatalf("the server got %q, %v", lines.Text(), lines.Err())
	}
	l := readLetter(t, got.Raw)
	if got.From != "watchfire@yunchuan.example" || len(got.To) != 1 || got.To[0] != "duty@yunchuan.example" || l.subject != Headline(a) || l.plain != Text(a)+"\n" {
		t.Errorf("the server got %+v", got)
	}
	checkPage(t, l.html, a)
	checkPicture(t, l, a)

	e.Password += "x"
	e.To = e.To[:1]
	if _, err := e.Send(t.Context(), sample(crisis.AlertRaised, "zh")); !errors.As(err, &refused) || refused.Fix != fixLogin.zh {
		t.Errorf("with a wrong password: %v", err)
	}
}

// emailFailures are what a mail server may do to us.
var emailFailures = map[string]func(t *testing.T) Channel{
	"hangs":                 emailFailing("GREETING", "hangs"),
	"throttles":             emailFailing("GREETING", "421 4.7.0 too many"),
	"cuts the answer short": emailFailing("EHLO", "cuts"),
	"does not want us":      emailFailing("GREETING", "554 5.7.1 "+token),
	"is not there":          emailFailing("RCPT", "550 5.1.1 no such user"),
	"drops a message":       emailFailing("DATA", "cuts"),
	"echoes the secret": func(t *testing.T) Channel {
		e := newFakeSMTP(t, nil).newEmail()
		e.Username = "other" // the server answers with what it was sent
		return e
	},
	"speaks another language": func(t *testing.T) Channel {
		s := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(s.Close)
		e := newFakeSMTP(t, nil).newEmail()
		e.Port, e.Security = s.Listener.Addr().(*net.TCPAddr).Port, SecurityTLS
		return e
	},
	"refuses the connection": func(t *testing.T) Channel {
		e := newFakeSMTP(t, nil).newEmail()
		e.Port = 1
		return e
	},
}

func emailFailing(stage, answer string) func(t *testing.T) Channel {
	return func(t *testing.T) Channel {
		e := newFakeSMTP(t, func(f *fakeSMTP) { f.fail[stage] = answer }).newEmail()
		if answer == "hangs" {
			e.Timeout = time.Second
		}
		return e
	}
}
