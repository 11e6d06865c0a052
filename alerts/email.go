package alerts

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"watchfire/crisis"
)

// How a connection to a mail server is kept from being read.
const (
	SecurityStartTLS = "starttls" // begins in the clear and must change over
	SecurityTLS      = "tls"      // from the first byte
	SecurityNone     = "none"     // in the clear, for a relay on the same machine
)

// mailWait is how long mail that was put off stays away. RFC 5321 (4.5.4.1) wants
// half an hour between tries and allows two in the first; servers that put off
// strangers on purpose let them in after some minutes.
const mailWait = 5 * time.Minute

// Email sends alerts as mail, in HTML and as plain text, over a mail server that
// accepts them for the recipients. Mail of one incident hangs together: the first
// message has an id of its own, later ones refer to it. (Gmail wants equal subjects
// besides, and shows the messages one by one.)
//
// A recipient whom the server does not accept does not keep the others from their
// mail: it is sent to those who are accepted, and the refusal names the rest. Who has
// an alert is kept by Given, so that a resend goes to the rest only.
type Email struct {
	Host     string        `yaml:"host" doc:"mail server that takes the alerts"`
	Port     int           `yaml:"port" doc:"its port; 0: 587 for starttls, 465 for tls, 25 for none"`
	Security string        `yaml:"security" doc:"starttls, tls, or none for a relay on the same machine"`
	CA       string        `yaml:"ca" doc:"file of certificates (PEM) to trust beside the system's, for a server with one of your own"`
	Helo     string        `yaml:"helo" doc:"name to greet the server with; empty: that of this machine"`
	Username string        `yaml:"username" doc:"account to log in with; empty: no login"`
	Password crisis.Secret `yaml:"password" doc:"its password"`
	From     string        `yaml:"from" doc:"address of the sender, such as 烽燧 <watchfire@example.com>"`
	To       []string      `yaml:"to" doc:"addresses of the recipients"`
	Chart    bool          `yaml:"chart" doc:"whether mail about an incident shows its course as a picture"`
	Timeout  time.Duration `yaml:"timeout" doc:"longest wait for one delivery"`

	// Given keeps who has which alert; nil: it is remembered while the program runs.
	Given Given `yaml:"-"`

	given given
}

// Check implements Channel.
func (e *Email) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if e.Host == "" || strings.ContainsAny(e.Host, " /:@") && net.ParseIP(e.Host) == nil {
		wrong("host: write the name of the mail server, such as mail.example.com")
	}
	if strings.ContainsAny(e.Helo, " \t\r\n<>") {
		wrong("helo: %q is no name of a machine", e.Helo)
	}
	if e.Port < 0 || e.Port > 65535 {
		wrong("port: %d is no port; write a number from 1 to 65535, or 0", e.Port)
	}
	switch e.Security {
	case SecurityStartTLS, SecurityTLS:
	case SecurityNone:
		if e.Username != "" {
			wrong("security: a password does not travel in the clear; write starttls or tls, or remove username")
		}
	default:
		wrong("security: %q is unknown; write starttls, tls or none", e.Security)
	}
	if (e.Username == "") != (e.Password == "") {
		wrong("password: write username and password, or neither")
	}
	if _, err := netmail.ParseAddress(e.From); err != nil {
		wrong("from: write an address such as watchfire@example.com")
	}
	if len(e.To) == 0 {
		wrong("to: write at least one address")
	}
	for _, to := range e.To {
		if _, err := netmail.ParseAddress(to); err != nil {
			wrong("to: %q is no address; write one such as duty@example.com", to)
		}
	}
	if _, err := e.tls(); err != nil {
		errs = append(errs, err)
	}
	if e.Timeout <= 0 {
		wrong("timeout: write a duration such as 45s")
	}
	return errors.Join(errs...)
}

// Illustrates implements Illustrated.
func (e *Email) Illustrates() bool { return e.Chart }

// tls returns what is demanded of an encrypted connection.
func (e *Email) tls() (*tls.Config, error) {
	c := &tls.Config{ServerName: e.Host, MinVersion: tls.VersionTLS12}
	if e.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(e.CA)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	if c.RootCAs, err = x509.SystemCertPool(); err != nil {
		c.RootCAs = x509.NewCertPool()
	}
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca: %s holds no certificate in PEM form", e.CA)
	}
	return c, nil
}

// Send mails the alert as the beginning of a conversation.
func (e *Email) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	return e.send(ctx, a, "")
}

// Reply mails the alert as an answer to the message ref.
func (e *Email) Reply(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	return e.send(ctx, a, ref)
}

func (e *Email) send(ctx context.Context, a crisis.Alert, ref string) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	m, id, err := e.letter(a, ref)
	if err != nil {
		return Receipt{}, &Refused{Fix: fixLetter.in(a.Lang), Err: err}
	}
	c, hangUp, err := e.open(ctx, a.Lang)
	if err != nil {
		return Receipt{}, e.stopped(ctx, err)
	}
	defer hangUp()
	if err := e.hand(ctx, c, m, a); err != nil {
		return Receipt{}, e.stopped(ctx, err)
	}
	return Receipt{Ref: id, Detail: fmt.Sprintf(mailTaken.in(a.Lang), e.Host)}, nil
}

var mailTaken = fix{"邮件服务器 %s 已接收", "%s accepted the mail"}

// stopped prefers the reason why we hung up to what the closed connection says.
func (e *Email) stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ErrRefused) {
		return fmt.Errorf("mail over %s: %w", e.Host, ctx.Err())
	}
	return err
}

// open connects to the server, up to where it takes mail. hangUp ends the
// connection; so does the end of ctx.
func (e *Email) open(ctx context.Context, lang string) (c *smtp.Client, hangUp func(), err error) {
	secure, err := e.tls()
	if err != nil {
		return nil, nil, &Refused{Fix: fixCertificate.in(lang), Err: err}
	}
	port := cmp.Or(e.Port, map[string]int{SecurityTLS: 465, SecurityNone: 25}[e.Security], 587)
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(e.Host, strconv.Itoa(port)))
	if err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	forget := context.AfterFunc(ctx, func() { _ = conn.Close() }) // nothing else ends a read that waits
	hangUp = func() { forget(); _ = conn.Close() }                // the mail is accepted or not by then
	c, err = e.introduce(ctx, conn, secure, lang)
	if err != nil {
		hangUp()
	}
	return c, hangUp, err
}

// introduce brings a connection up to where the server takes mail.
func (e *Email) introduce(ctx context.Context, conn net.Conn, secure *tls.Config, lang string) (*smtp.Client, error) {
	if e.Security == SecurityTLS {
		t := tls.Client(conn, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, e.class("tls", err, lang)
		}
		conn = t
	}
	c, err := smtp.NewClient(conn, e.Host)
	if err != nil {
		return nil, e.class("greeting", err, lang)
	}
	name := e.Helo
	if name == "" {
		name, _ = os.Hostname() // without one we are localhost
	}
	if name != "" {
		if err := c.Hello(name); err != nil {
			return nil, e.class("hello", err, lang)
		}
	}
	if e.Security == SecurityStartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, &Refused{Fix: fixNoTLS.in(lang), Err: errors.New("the server offers no STARTTLS")}
		}
		if err := c.StartTLS(secure); err != nil {
			return nil, e.class("tls", err, lang)
		}
	}
	if err := e.login(c, lang); err != nil {
		return nil, err
	}
	c.SkipSMTPUTF8(!slices.ContainsFunc(slices.Concat(e.To, []string{e.From}), isWide)) // asked for without need, the next server may not take the mail
	return c, nil
}

// isWide says whether an address needs a server that takes other than ASCII.
func isWide(address string) bool {
	a, err := netmail.ParseAddress(address)
	return err == nil && strings.ContainsFunc(a.Address, func(r rune) bool { return r > 126 })
}

// login proves who we are, by the best way that the server knows.
func (e *Email) login(c *smtp.Client, lang string) error {
	if e.Username == "" {
		return nil
	}
	_, offered := c.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	ways := []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(e.Username, e.Password.Reveal())},
		{"PLAIN", smtp.PlainAuth("", e.Username, e.Password.Reveal(), e.Host, false)},
		{"LOGIN", smtp.LoginAuth(e.Username, e.Password.Reveal(), e.Host, false)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(e.Username, e.Password.Reveal())},
	}
	for _, w := range ways {
		if slices.Contains(mechanisms, w.name) {
			if err := c.Auth(w.auth); err != nil {
				return e.class("login", err, lang)
			}
			return nil
		}
	}
	return &Refused{Fix: fixNoLogin.in(lang), Err: fmt.Errorf("log in: the server offers %q", Clean(offered, 80))}
}

// hand gives the letter to the server, for every recipient who does not have it.
func (e *Email) hand(ctx context.Context, c *smtp.Client, m *mail.Msg, a crisis.Alert) error {
	lang := a.Lang
	from, err := m.GetSender(false)
	if err != nil {
		return &Refused{Fix: fixLetter.in(lang), Err: fmt.Errorf("sender: %w", err)}
	}
	to, err := m.GetRecipients()
	if err != nil {
		return &Refused{Fix: fixLetter.in(lang), Err: fmt.Errorf("recipients: %w", err)}
	}
	all := len(to)
	if to, err = e.without(ctx, a, to); err != nil || len(to) == 0 {
		return err
	}
	if err := c.Mail(from); err != nil {
		return e.class("sender", err, lang)
	}
	var taken []string
	var left leftOut
	for _, r := range to {
		if err := c.Rcpt(r); err == nil {
			taken = append(taken, r)
		} else if !left.add(r, err) {
			return e.class("recipient", err, lang)
		}
	}
	if len(taken) > 0 {
		if err := e.data(c, m); err != nil {
			return e.class("message", err, lang)
		}
		if err := e.keeper().Note(ctx, a, taken...); err != nil {
			return err
		}
	}
	_ = c.Quit() // what was accepted stays accepted, whatever is said to a farewell
	return left.err(e, all-left.count(), lang)
}

// keeper is where it is kept who has which alert.
func (e *Email) keeper() Given {
	if e.Given == nil {
		return &e.given
	}
	return e.Given
}

// without returns the recipients who do not have the alert.
func (e *Email) without(ctx context.Context, a crisis.Alert, to []string) (rest []string, err error) {
	for _, r := range to {
		has, err := e.keeper().Has(ctx, a, r)
		if err != nil {
			return nil, err
		}
		if !has {
			rest = append(rest, r)
		}
	}
	return rest, nil
}

func (e *Email) data(c *smtp.Client, m *mail.Msg) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := m.WriteTo(w); err != nil {
		return err
	}
	return w.Close()
}

// letterID is the Message-Id of an alert, the same at every attempt and after every
// restart. It is not the id itself: two installations may send from one address, and
// mailboxes drop a message whose id they know.
func (e *Email) letterID(a crisis.Alert) string {
	from, domain := e.From, "watchfire.invalid"
	if p, err := netmail.ParseAddress(e.From); err == nil {
		from = p.Address
		if d := from[strings.LastIndexByte(from, '@')+1:]; !isWide(from) {
			domain = d
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", from, a.ID, a.At.UnixMilli()))
	return "watchfire." + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])) + "@" + domain
}

// messageID is what a header may name as another message.
var messageID = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.:\[\]-]+$`)

// letter is the alert as mail. Its picture is a part of the message that the page names
// (RFC 2387, RFC 2392), because mail programs load nothing from elsewhere.
func (e *Email) letter(a crisis.Alert, ref string) (*mail.Msg, string, error) {
	m := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
	if err := m.From(e.From); err != nil {
		return nil, "", fmt.Errorf("sender: %w", err)
	}
	if err := m.To(e.To...); err != nil {
		return nil, "", fmt.Errorf("recipients: %w", err)
	}
	if len(e.To) > 1 {
		a.Taps = nil // a link acts in the name of one person
	}
	id := e.letterID(a)
	m.SetMessageIDWithValue(id)
	if messageID.MatchString(ref) {
		m.SetGenHeader(mail.HeaderInReplyTo, "<"+ref+">")
		m.SetGenHeader(mail.HeaderReferences, "<"+ref+">")
	}
	m.SetDateWithValue(a.At)
	m.Subject(Clean(Headline(a), lockScreen+10))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence notice answers this
	m.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same for Exchange
	m.SetGenHeader(mail.HeaderContentLang, cmp.Or(a.Lang, "zh"))
	if !a.Closed && !a.Drill && (a.Ask != nil || a.Level == crisis.LevelI || a.Level == crisis.LevelII) {
		m.SetImportance(mail.ImportanceHigh)
	}
	picture := ""
	if a.Picture != nil && e.Chart {
		picture = "chart." + id
	}
	page, err := letterHTML(a, picture)
	if err != nil {
		return nil, "", fmt.Errorf("lay out alert %s: %w", a.ID, err)
	}
	m.SetBodyString(mail.TypeTextPlain, Text(a)+"\n")
	m.AddAlternativeString(mail.TypeTextHTML, page)
	if picture != "" {
		if err := m.EmbedReader("chart.png", bytes.NewReader(a.Picture.PNG), mail.WithFileContentID("<"+picture+">"), mail.WithFileContentType("image/png")); err != nil {
			return nil, "", fmt.Errorf("put the chart into alert %s: %w", a.ID, err)
		}
	}
	return m, id, nil
}
