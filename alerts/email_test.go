package alerts

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"watchfire/crisis"
)

// letter is a mail as a mail program reads it.
type letter struct {
	netmail.Header
	subject, plain, html string
	picture              []byte
	pictureID            string
}

// readLetter takes a mail apart.
func readLetter(t testing.TB, raw string) letter {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	out := letter{Header: m.Header}
	if out.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	out.parts(t, m.Header.Get("Content-Type"), m.Body, "multipart/alternative", "multipart/related")
	return out
}

// parts reads a part that has parts, of one of the kinds that may stand there.
func (l *letter) parts(t testing.TB, kind string, body io.Reader, kinds ...string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil || !slices.Contains(kinds, media) {
		t.Fatalf("content type %q, %v", kind, err)
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		kind := p.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			l.parts(t, kind, p, "multipart/alternative")
			continue
		}
		if p.Header.Get("Content-Transfer-Encoding") != "base64" {
			t.Fatalf("part %v", p.Header)
		}
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		if err != nil {
			t.Fatal(err)
		}
		switch text := strings.ReplaceAll(string(b), "\r\n", "\n"); {
		case strings.HasPrefix(kind, "text/html"):
			l.html = text
		case strings.HasPrefix(kind, "image/png"):
			if !strings.HasPrefix(p.Header.Get("Content-Disposition"), "inline") || media != "multipart/related" {
				t.Errorf("the picture is %v in %s", p.Header, media)
			}
			l.picture, l.pictureID = b, strings.Trim(p.Header.Get("Content-Id"), "<>")
		default:
			l.plain = text
		}
	}
}

// pictured is an alert with a picture.
func pictured(lang string) crisis.Alert {
	a := sample(crisis.AlertOpened, lang)
	a.Picture = &crisis.Picture{PNG: []byte("\x89PNG\r\n\x1a\n\x00.\r\n.\r\n"), Alt: `共 303 人次，"最高" 一格 <30> 人次`, Caption: "蓝柱为发声人次"}
	return a
}

// checkPicture wants a mail to hold the picture of an alert, and the page to name it.
func checkPicture(t testing.TB, l letter, a crisis.Alert) {
	t.Helper()
	if !bytes.Equal(l.picture, a.Picture.PNG) || l.pictureID == "" {
		t.Errorf("the picture %q has the id %q", l.picture, l.pictureID)
	}
	for _, want := range []string{`src="cid:` + l.pictureID + `"`, `alt="` + html.EscapeString(a.Picture.Alt) + `"`, a.Picture.Caption} {
		if !strings.Contains(l.html, want) {
			t.Errorf("the page lacks %s:\n%s", want, l.html)
		}
	}
}

// TestEmailPicture sends a picture inside of the mail, the same at every attempt, unless
// it is not wanted.
func TestEmailPicture(t *testing.T) {
	f := newFakeSMTP(t, nil)
	a := pictured("zh")
	if !Kinds["email"]().(Illustrated).Illustrates() {
		t.Error("mail shows no picture unless told to")
	}
	var ids []string
	for range 2 {
		e := f.newEmail()
		e.Chart = true
		if _, err := e.Send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		box := f.box("duty@yunchuan.example")
		l := readLetter(t, box[len(box)-1])
		checkPicture(t, l, a)
		checkPage(t, l.html, a)
		if l.plain != Text(a)+"\n" {
			t.Errorf("the plain text is %q", l.plain)
		}
		ids = append(ids, l.pictureID)
	}
	if ids[0] != ids[1] {
		t.Errorf("the picture has another id at every attempt: %q", ids)
	}
	if _, err := f.newEmail().Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	box := f.box("duty@yunchuan.example")
	if l := readLetter(t, box[len(box)-1]); l.picture != nil || strings.Contains(l.html, "<img") {
		t.Error("a picture that is not wanted is sent")
	}
}

// TestEmailThreads sends an incident as one conversation: the first mail has an id of
// its own, the same at every attempt, and the later ones refer to it.
func TestEmailThreads(t *testing.T) {
	f := newFakeSMTP(t, nil)
	opened, raised := sample(crisis.AlertOpened, "zh"), sample(crisis.AlertRaised, "zh")
	first, err := f.newEmail().Send(t.Context(), opened)
	if err != nil || first.Ref == "" {
		t.Fatalf("Send = %+v, %v", first, err)
	}
	again, err := f.newEmail().Send(t.Context(), opened) // another process, after a crash
	if err != nil || again.Ref != first.Ref {
		t.Errorf("the second copy is %q, %v, want %q", again.Ref, err, first.Ref)
	}
	reply, err := f.newEmail().Reply(t.Context(), first.Ref, raised)
	if err != nil || reply.Ref == first.Ref {
		t.Fatalf("Reply = %+v, %v", reply, err)
	}
	if _, err := f.newEmail().Reply(t.Context(), "C1:1.2\r\nBcc: <x@evil.example>", raised); err != nil { // of a channel that was of another kind
		t.Fatal(err)
	}
	box := f.box("duty@yunchuan.example")
	if len(box) != 4 {
		t.Fatalf("%d mails", len(box))
	}
	for i, want := range []struct{ id, reply string }{{first.Ref, ""}, {first.Ref, ""}, {reply.Ref, "<" + first.Ref + ">"}, {reply.Ref, ""}} {
		l := readLetter(t, box[i])
		if l.Get("Message-Id") != "<"+want.id+">" || l.Get("In-Reply-To") != want.reply || l.Get("References") != want.reply {
			t.Errorf("mail %d: %v", i, l.Header)
		}
		if l.Get("Auto-Submitted") != "auto-generated" || l.Get("Importance") != "high" || l.Get("Bcc") != "" {
			t.Errorf("mail %d: %v", i, l.Header)
		}
	}
	l := readLetter(t, box[0])
	if l.subject != Headline(opened) || l.plain != Text(opened)+"\n" {
		t.Errorf("subject %q, text %q", l.subject, l.plain)
	}
	if at, err := l.Date(); err != nil || !at.Equal(opened.At) {
		t.Errorf("date %s, %v", at, err)
	}
	other := opened
	other.At = other.At.Add(time.Second) // the same number at another office, or after the data was lost
	if e := f.newEmail(); e.letterID(other) == first.Ref {
		t.Error("two alerts have one Message-Id")
	}
}

// TestEmailGolden holds what a mail program shows.
func TestEmailGolden(t *testing.T) {
	f := newFakeSMTP(t, func(f *fakeSMTP) { f.implicit = true })
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertClosed, crisis.AlertBlind, crisis.AlertRescue} {
			if _, err := f.newEmail(lang+"@yunchuan.example").Send(t.Context(), sample(kind, lang)); err != nil {
				t.Fatal(err)
			}
			box := f.box(lang + "@yunchuan.example")
			l := readLetter(t, box[len(box)-1])
			fmt.Fprintf(&b, "=== %s\n", kind)
			for _, name := range []string{"From", "To", "Date", "Message-Id", "Importance", "Auto-Submitted", "Content-Language"} {
				v, err := new(mime.WordDecoder).DecodeHeader(l.Get(name))
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%s: %s\n", name, v)
			}
			fmt.Fprintf(&b, "Subject: %s\n\n%s\n%s\n", l.subject, l.plain, l.html)
		}
		golden(t, "email."+lang, b.String())
	}
}

// TestEmailRecipients sends to those whom the server accepts, names the others, and
// gives nobody the same alert twice.
func TestEmailRecipients(t *testing.T) {
	to := []string{"duty@yunchuan.example", "gone@yunchuan.example", "full@yunchuan.example"}
	f := newFakeSMTP(t, func(f *fakeSMTP) {
		f.fail["RCPT "+to[1]] = "550 5.1.1 no such user"
		f.fail["RCPT "+to[2]] = "452 4.2.2 full"
	})
	for _, lang := range []string{"zh", "en"} {
		for _, c := range []struct {
			to          []string
			later       bool
			named, kept []string
			fixes       []fix
		}{
			{to[:2], false, to[1:2], to[:1], []fix{fixOthersHave}},
			{to[1:2], false, to[1:2], nil, nil},
			{to[1:], true, nil, nil, nil},
			{to[2:], true, nil, nil, nil},
		} {
			e, a := f.newEmail(c.to...), sample(crisis.AlertOpened, lang)
			before := len(f.box(to[0]))
			for range 2 { // the second time nobody who has it gets it again
				_, err := e.Send(t.Context(), a)
				var later *Later
				var refused *Refused
				if c.later {
					if !errors.As(err, &later) || later.After < 5*time.Minute {
						t.Errorf("%v: %v, want to try again", c.to, err)
					}
					continue
				}
				if !errors.As(err, &refused) {
					t.Fatalf("%v: %v, want a refusal", c.to, err)
				}
				for _, x := range c.named {
					if !strings.Contains(refused.Fix, x) {
						t.Errorf("%v: the fix %q does not name %s", c.to, refused.Fix, x)
					}
				}
				for _, x := range c.kept {
					if strings.Contains(refused.Fix, x) {
						t.Errorf("%v: the fix %q names %s", c.to, refused.Fix, x)
					}
				}
				for _, x := range []fix{fixOthersHave} {
					if strings.Contains(refused.Fix, x.in(lang)) != slices.Contains(c.fixes, x) {
						t.Errorf("%v: the fix is %q", c.to, refused.Fix)
					}
				}
			}
			if n := len(f.box(to[0])) - before; n != len(c.kept) {
				t.Errorf("%v: %d mails to %s, want %d", c.to, n, to[0], len(c.kept))
			}
		}
	}
	if n := len(f.box(to[1])) + len(f.box(to[2])); n != 0 {
		t.Errorf("%d mails to those who were left out", n)
	}
}

// shelf keeps who has what beyond the life of a channel, as the store does.
type shelf map[string]bool

func (s shelf) Has(_ context.Context, a crisis.Alert, who string) (bool, error) {
	return s[a.ID+who], nil
}

func (s shelf) Note(_ context.Context, a crisis.Alert, who ...string) error {
	for _, w := range who {
		s[a.ID+w] = true
	}
	return nil
}

// TestEmailPartly mails to one who takes it, one who is not there and one whose mailbox is
// full: it waits for the last beside what follows, says at once who is not there, gives
// nobody a second copy, also after a crash, and ends as a refusal that names who is left.
func TestEmailPartly(t *testing.T) {
	to := []string{"duty@yunchuan.example", "gone@yunchuan.example", "full@yunchuan.example"}
	for _, lang := range []string{"zh", "en"} {
		f := newFakeSMTP(t, func(f *fakeSMTP) {
			f.fail["RCPT "+to[1]] = "550 5.1.1 no such user"
			f.fail["RCPT "+to[2]] = "452 4.2.2 full"
		})
		kept, a := shelf{}, sample(crisis.AlertOpened, lang)
		send := func() error {
			e := f.newEmail(to...) // another process
			e.Given = kept
			_, err := e.Send(t.Context(), a)
			return err
		}
		for range 2 {
			err := send()
			later, ok := errors.AsType[*Later](err)
			if !ok || later.After < 5*time.Minute || !strings.Contains(later.Fix, to[1]) || strings.Contains(later.Fix, to[2]) || !strings.Contains(later.Fix, fixOthersHave.in(lang)) {
				t.Fatalf("%v, %+v, want to try again, and at once what to change", err, later)
			}
			for _, who := range to[1:] {
				if !strings.Contains(later.Rest, who) || !strings.Contains(err.Error(), who) {
					t.Errorf("%s is not named by %q and %v", who, later.Rest, err)
				}
			}
			if strings.Contains(later.Rest, to[0]) || strings.Contains(later.Rest, "。；") || strings.Contains(later.Rest, ".;") {
				t.Errorf("it says %q", later.Rest)
			}
		}
		f.permit("RCPT " + to[2])
		refused, ok := errors.AsType[*Refused](send())
		if !ok || !strings.Contains(refused.Fix, to[1]) || strings.Contains(refused.Fix, to[2]) {
			t.Errorf("when the mailbox has room: %+v, want who is not there", refused)
		}
		f.permit("RCPT " + to[1])
		if err := send(); err != nil {
			t.Errorf("when all are accepted: %v", err)
		}
		for _, who := range to {
			if n := len(f.box(who)); n != 1 {
				t.Errorf("%s has %d copies, want 1", who, n)
			}
		}
	}
}

// TestEmailStops hangs up when we are stopped in the middle of a delivery.
func TestEmailStops(t *testing.T) {
	f := newFakeSMTP(t, func(f *fakeSMTP) { f.fail["GREETING"] = "hangs" })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := f.newEmail().Send(ctx, sample(crisis.AlertTest, "en")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

// TestGivenForgets bounds what is remembered of who has what.
func TestGivenForgets(t *testing.T) {
	var g given
	for i := range 1000 {
		if err := g.Note(t.Context(), crisis.Alert{ID: fmt.Sprint(i)}, "a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	late, _ := g.Has(t.Context(), crisis.Alert{ID: "999"}, "b")
	early, _ := g.Has(t.Context(), crisis.Alert{ID: "0"}, "a")
	if len(g.to) != 256 || len(g.order) != 256 || !late || early {
		t.Errorf("%d alerts are remembered", len(g.to))
	}
}

// TestEmailClasses maps what a server says at each stage to what can be done.
func TestEmailClasses(t *testing.T) {
	for _, c := range []struct {
		stage, answer string
		fix           fix // the zero fix: later
		after         time.Duration
	}{
		{"GREETING", "421 4.3.2 come back", fix{}, mailWait},
		{"GREETING", "554 5.7.1 blocked", fixServer, 0},
		{"EHLO", "cuts", fix{}, 0},
		{"STARTTLS", "454 4.7.0 not now", fix{}, mailWait},
		{"STARTTLS", "501 no", fixNoTLS, 0},
		{"AUTH", "535 5.7.8 no", fixLogin, 0},
		{"AUTH", "454 4.7.0 not now", fix{}, mailWait},
		{"MAIL", "451 4.3.0 busy", fix{}, mailWait},
		{"MAIL", "550 5.7.1 not yours", fixSender, 0},
		{"MAIL", "530 5.7.0 log in", fixLogin, 0},
		{"RCPT", "421 4.3.2 going down", fix{}, mailWait},
		{"RCPT", "452 4.2.2 full", fix{}, mailWait},
		{"RCPT", "cuts", fix{}, 0},
		{"DATA", "451 4.3.0 busy", fix{}, mailWait},
		{"DATA", "554 5.7.1 spam", fixContent, 0},
		{"BODY", "452 4.3.1 disk full", fix{}, mailWait},
		{"BODY", "552 5.3.4 too large", fixContent, 0},
	} {
		f := newFakeSMTP(t, func(f *fakeSMTP) { f.fail[c.stage] = c.answer })
		for _, lang := range []string{"zh", "en"} {
			_, err := f.newEmail().Send(t.Context(), sample(crisis.AlertOpened, lang))
			var later *Later
			var refused *Refused
			switch errors.As(err, &later); {
			case err == nil:
				t.Errorf("%s %s: sent", c.stage, c.answer)
			case errors.As(err, &refused):
				if refused.Fix != c.fix.in(lang) {
					t.Errorf("%s %s: %v with fix %q, want %q", c.stage, c.answer, err, refused.Fix, c.fix.in(lang))
				}
			case c.fix != fix{}:
				t.Errorf("%s %s: %v, want a refusal", c.stage, c.answer, err)
			case later == nil && c.after != 0, later != nil && later.After != c.after:
				t.Errorf("%s %s: %v, %+v, want to wait %s", c.stage, c.answer, err, later, c.after)
			}
		}
	}
}

// TestEmailSetUp finds what is set up wrong before a server can.
func TestEmailSetUp(t *testing.T) {
	f := newFakeSMTP(t, nil)
	if err := f.newEmail().Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(e *Email){
		"host":                  func(e *Email) { e.Host = "smtp://mail" },
		"port":                  func(e *Email) { e.Port = 70000 },
		"helo":                  func(e *Email) { e.Helo = "a\r\nb" },
		"security":              func(e *Email) { e.Security = "ssl" },
		"travel in the clear":   func(e *Email) { e.Security = SecurityNone },
		"username and password": func(e *Email) { e.Password = "" },
		"from":                  func(e *Email) { e.From = "watchfire" },
		"at least one":          func(e *Email) { e.To = nil },
		"\"x y\" is no address": func(e *Email) { e.To = append(e.To, "x y") },
		"ca":                    func(e *Email) { e.CA = "/nowhere" },
		"holds no certificate":  func(e *Email) { e.CA = "email_test.go" },
		"timeout":               func(e *Email) { e.Timeout = 0 },
	} {
		e := f.newEmail()
		if change(e); e.Check() == nil || !strings.Contains(e.Check().Error(), want) {
			t.Errorf("%v, want %q", e.Check(), want)
		}
	}
	for name, c := range map[string]struct {
		server func(f *fakeSMTP)
		email  func(e *Email)
		fix    fix
	}{
		"stranger's certificate": {nil, func(e *Email) { e.CA = "" }, fixCertificate},
		"certificate of another": {nil, func(e *Email) { e.Host = "localhost" }, fixCertificate},
		"no encryption":          {func(f *fakeSMTP) { f.plain = true }, func(e *Email) { e.Security = SecurityStartTLS }, fixNoTLS},
		"tls on the wrong port":  {nil, func(e *Email) { e.Security = SecurityTLS }, fixNoTLS},
		"no way to log in":       {func(f *fakeSMTP) { f.mechanisms = "GSSAPI" }, nil, fixNoLogin},
		"wrong password":         {nil, func(e *Email) { e.Password = "other" + token }, fixLogin},
	} {
		e := newFakeSMTP(t, c.server).newEmail()
		if c.email != nil {
			c.email(e)
		}
		_, err := e.Send(t.Context(), sample(crisis.AlertOpened, "zh"))
		var refused *Refused
		if !errors.As(err, &refused) || refused.Fix != c.fix.zh {
			t.Errorf("%s: %v, want the fix %s", name, err, c.fix.zh)
		}
		if strings.Contains(fmt.Sprint(err), "topsecret") || strings.Contains(fmt.Sprint(err), base64.StdEncoding.EncodeToString([]byte(token))[:20]) {
			t.Errorf("%s: the password is shown: %v", name, err)
		}
	}
	plain := newFakeSMTP(t, func(f *fakeSMTP) { f.plain = true })
	if _, err := plain.newEmail().Send(t.Context(), sample(crisis.AlertTest, "zh")); err != nil {
		t.Errorf("a relay on the same machine: %v", err)
	}
}

// checkPage wants a page to hold the text of the alert, and no element or address
// that a stranger could have put there.
func checkPage(t testing.TB, page string, a crisis.Alert) {
	t.Helper()
	allowed := map[string]bool{"html": true, "head": true, "meta": true, "title": true, "body": true, "div": true, "h1": true, "p": true, "br": true, "a": true, "img": true}
	z := html.NewTokenizer(strings.NewReader(page))
	var text strings.Builder
	for z.Next() != html.ErrorToken {
		token := z.Token()
		switch token.Type {
		case html.TextToken:
			text.WriteString(token.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			if !allowed[token.Data] {
				t.Errorf("the page has an element %s", token.Data)
			}
			for _, x := range token.Attr {
				if strings.HasPrefix(x.Key, "on") || x.Key == "href" && !strings.HasPrefix(x.Val, "https://") && !strings.HasPrefix(x.Val, "http://") || x.Key == "src" && !strings.HasPrefix(x.Val, "cid:chart.watchfire.") {
					t.Errorf("the page has %s=%q", x.Key, x.Val)
				}
			}
		case html.CommentToken:
			t.Error("the page has a comment")
		}
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	for _, section := range tell(a).sections() {
		for _, l := range section {
			if !strings.Contains(squeeze(text.String()), squeeze(l.text)) {
				t.Errorf("%q is not in the page:\n%s", l.text, page)
			}
		}
	}
}

// FuzzEmail writes what strangers may say into a mail: it stays one mail, with the
// headers we gave it and no markup of theirs.
func FuzzEmail(f *testing.F) {
	f.Add("标题\r\nBcc: x@evil.example", "<script>alert(1)</script>", "https://evil.example/\"onclick=\"x")
	f.Add("=?utf-8?q?x?=\n\n", "<img src=x onerror=y><!--", "javascript:alert(1)")
	f.Add("a\x00\u2028b", "</p></div>&lt;b&gt;", "https://x.example/<b>")
	f.Fuzz(func(t *testing.T, title, quote, link string) {
		e := &Email{From: "watchfire@yunchuan.example", To: []string{"duty@yunchuan.example"}, Chart: true}
		a := pictured("zh")
		a.Picture.Alt, a.Picture.Caption = title, quote
		a.Title, a.Remark, a.Evidence[0].Quote, a.Evidence[0].URL, a.Link, a.Plan = title, quote, quote, link, link, title
		m, _, err := e.letter(a, title)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		l := readLetter(t, b.String())
		known := map[string]bool{
			"Message-Id": true, "Date": true, "Subject": true, "Auto-Submitted": true, "X-Auto-Response-Suppress": true, "Content-Language": true, "Importance": true, "Priority": true,
			"X-Priority": true, "X-Msmail-Priority": true, "From": true, "To": true, "Mime-Version": true, "Content-Type": true, "In-Reply-To": true, "References": true,
		}
		for name, values := range l.Header {
			if !known[name] || len(values) != 1 {
				t.Errorf("the mail has a header %s: %q", name, values)
			}
		}
		if l.subject != Headline(a) || strings.ContainsAny(l.subject, "\r\n") {
			t.Errorf("subject %q, want %q", l.subject, Headline(a))
		}
		checkPage(t, l.html, a)
		if !bytes.Equal(l.picture, a.Picture.PNG) {
			t.Error("the picture is not in the mail")
		}
	})
}
