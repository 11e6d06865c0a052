package alerts

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

// fakeNtfy is a server that keeps to ntfy's limits and answers with its codes.
type fakeNtfy struct {
	*httptest.Server
	shown  map[string]ntfyPost // by sequence number: what a phone shows
	posts  []ntfyPost
	limit  int // bytes of a message
	code   int // answer of every call
	header http.Header
}

func newFakeNtfy(t *testing.T) *fakeNtfy {
	f := &fakeNtfy{shown: map[string]ntfyPost{}, limit: 4096}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeNtfy) channel() *Ntfy {
	return &Ntfy{Server: f.URL, Topic: "duty-" + token, Token: "tk_" + token, Edit: true, Timeout: 5 * time.Second, Now: func() time.Time { return at(22, 30) }}
}

func (f *fakeNtfy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(code int, said string) {
		w.Header().Set("Content-Type", "application/json")
		maps.Copy(w.Header(), f.header)
		w.WriteHeader(code / 100)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "http": code / 100, "error": said, "link": "https://ntfy.sh/docs"})
	}
	var p ntfyPost
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	switch {
	case f.code != 0:
		refuse(f.code, "said to tk_"+token)
	case r.Method != http.MethodPost || r.URL.Path != "/":
		refuse(40401, "page not found")
	case err != nil:
		refuse(40017, "invalid request: request body must be message JSON")
	case r.Header.Get("Authorization") != "Bearer tk_"+token:
		refuse(40101, "unauthorized")
	case p.Topic != "duty-"+token:
		refuse(40301, "forbidden")
	case p.Priority < 1 || p.Priority > 5:
		refuse(40007, "invalid priority parameter")
	case len(p.Actions) > 3:
		refuse(40018, "invalid request: actions invalid")
	case !ntfyName.MatchString(p.Sequence):
		refuse(40049, "invalid request: sequence ID invalid")
	case len(p.Message) > f.limit:
		refuse(40014, "invalid request: attachments not allowed")
	case !utf8.ValidString(p.Message) || p.Message == "" || p.Title == "":
		refuse(40011, "invalid message: message must be UTF-8 encoded")
	default:
		f.shown[p.Sequence] = p
		f.posts = append(f.posts, p)
		_, _ = w.Write([]byte(`{"id":"x"}`))
	}
}

// TestNtfyMoves shows one notification per alert, however often it comes, and edits
// the first one without a sound.
func TestNtfyMoves(t *testing.T) {
	f := newFakeNtfy(t)
	n := f.channel()
	opened := sample(crisis.AlertOpened, "zh")
	first, err := n.Send(t.Context(), opened)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := n.Send(t.Context(), opened); err != nil || again != first {
		t.Errorf("the second copy is %+v, %v, want %+v", again, err, first)
	}
	if _, err := n.Send(t.Context(), sample(crisis.AlertRaised, "zh")); err != nil {
		t.Fatal(err)
	}
	later := sample(crisis.AlertUpdate, "zh")
	later.StepsDone = 9
	if _, err := n.Update(t.Context(), first.Ref, later); err != nil {
		t.Fatal(err)
	}
	if len(f.shown) != 2 || !strings.Contains(f.shown[first.Ref].Message, "9/24") || f.shown[first.Ref].Priority != 1 || f.posts[0].Priority != 4 {
		t.Errorf("the phone shows %+v", f.shown)
	}
	if _, err := n.Update(t.Context(), "C1:2", later); !errors.Is(err, ErrLost) {
		t.Errorf("a message of another channel: %v, want it lost", err)
	}
	n.Edit = false
	if _, err := n.Update(t.Context(), first.Ref, later); err != nil || len(f.posts) != 4 {
		t.Errorf("an old server gets %d posts, %v", len(f.posts), err)
	}
}

// TestNtfyGolden holds the bodies.
func TestNtfyGolden(t *testing.T) {
	f := newFakeNtfy(t)
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range kinds {
			f.posts = nil
			if _, err := f.channel().Send(t.Context(), sample(kind, lang)); err != nil {
				t.Fatal(err)
			}
			body, err := json.MarshalIndent(f.posts[0], "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "=== %s\n%s\n", kind, strings.ReplaceAll(string(body), `\n`, "\n\t"))
		}
		golden(t, "ntfy."+lang, strings.ReplaceAll(b.String(), token, "…"))
	}
}

// TestNtfyClasses maps ntfy's codes to what can be done.
func TestNtfyClasses(t *testing.T) {
	f := newFakeNtfy(t)
	for _, c := range []struct {
		code    int
		retry   string
		after   time.Duration
		refused fix
	}{
		{42901, "", 10 * time.Second, fix{}},
		{42901, "60", time.Minute, fix{}},
		{42905, "", 10 * time.Second, fix{}},
		{42908, "", 90 * time.Minute, fix{}},
		{42909, "", 10 * time.Second, fix{}},
		{50001, "", 0, fix{}},
		{50701, "", 0, fix{}},
		{40101, "", 0, ntfyAccess},
		{40301, "", 0, ntfyAccess},
		{40009, "", 0, ntfyTopic},
		{40010, "", 0, ntfyTopic},
		{40401, "", 0, fixGone},
		{41301, "", 0, ntfyLarge},
		{41303, "", 0, ntfyLarge},
		{40014, "", 0, ntfyLarge},
		{40007, "", 0, fixUnknown},
	} {
		f.code, f.header = c.code, nil
		if c.retry != "" {
			f.header = http.Header{"Retry-After": {c.retry}}
		}
		for _, lang := range []string{"zh", "en"} {
			_, err := f.channel().Send(t.Context(), sample(crisis.AlertOpened, lang))
			var later *Later
			var refused *Refused
			switch {
			case errors.As(err, &refused):
				if refused.Fix != c.refused.in(lang) {
					t.Errorf("%d: fix %q, want %q", c.code, refused.Fix, c.refused.in(lang))
				}
			case c.refused != fix{}, !errors.As(err, &later), later.After != c.after:
				t.Errorf("%d: %v, %+v, want to wait %s", c.code, err, later, c.after)
			}
			if strings.Contains(fmt.Sprint(err), token) {
				t.Errorf("%d: the token is shown: %v", c.code, err)
			}
		}
	}
}

// TestNtfyFits cuts to what the server takes, and once more if it takes less.
func TestNtfyFits(t *testing.T) {
	f := newFakeNtfy(t)
	a := sample(crisis.AlertOpened, "zh")
	for range 60 {
		a.Evidence = append(a.Evidence, crisis.Evidence{Source: "s", Quote: strings.Repeat("长", 500), URL: "https://x.example/" + strings.Repeat("u", 400)})
	}
	if _, err := f.channel().Send(t.Context(), a); err != nil || len(f.posts[0].Message) < 2000 || !strings.Contains(f.posts[0].Message, "现在做") || len(f.posts[0].Actions) != 3 {
		t.Errorf("a long alert: %v, %+v", err, f.posts)
	}
	f.limit = 300
	if _, err := f.channel().Send(t.Context(), a); err != nil || f.posts[1].Message != Short(a)+"\n"+a.Link {
		t.Errorf("a server that takes 300 bytes: %v, %+v", err, f.posts)
	}
}

// TestPriority says how loudly each alert rings.
func TestPriority(t *testing.T) {
	with := func(kind crisis.AlertKind, change func(a *crisis.Alert)) crisis.Alert {
		a := sample(kind, "zh")
		change(&a)
		return a
	}
	for _, x := range []struct {
		a    crisis.Alert
		want int
	}{
		{with(crisis.AlertOpened, func(a *crisis.Alert) { a.Level = crisis.LevelI }), 5},
		{sample(crisis.AlertOpened, "zh"), 4},
		{with(crisis.AlertOpened, func(a *crisis.Alert) { a.Level = crisis.LevelIII }), 3},
		{with(crisis.AlertOpened, func(a *crisis.Alert) { a.Level = crisis.LevelNone }), 3},
		{with(crisis.AlertEscalated, func(a *crisis.Alert) { a.Level = crisis.LevelIV }), 4},
		{with(crisis.AlertOpened, func(a *crisis.Alert) { a.Level, a.Drill = crisis.LevelI, true }), 3},
		{sample(crisis.AlertRescue, "zh"), 5},
		{sample(crisis.AlertBlind, "zh"), 4},
		{sample(crisis.AlertSight, "zh"), 2},
		{sample(crisis.AlertClosed, "zh"), 2},
		{sample(crisis.AlertTest, "zh"), 3},
		{sample(crisis.AlertUpdate, "zh"), 1},
		{crisis.Alert{Kind: crisis.AlertDigest}, 2},
		{crisis.Alert{Kind: crisis.AlertAlive, Alive: &crisis.Alive{Sources: 3, Seeing: 3}}, 2},
		{crisis.Alert{Kind: crisis.AlertAlive, Alive: &crisis.Alive{Sources: 3, Seeing: 2}}, 3},
		{crisis.Alert{Kind: crisis.AlertAlive, Alive: &crisis.Alive{Sources: 3, Seeing: 3, Stuck: 1}}, 3},
	} {
		if got := priority(x.a); got != x.want {
			t.Errorf("%s at level %s, drill %t: %d, want %d", x.a.Kind, x.a.Level, x.a.Drill, got, x.want)
		}
	}
}

func TestNtfyCheck(t *testing.T) {
	f := newFakeNtfy(t)
	if err := f.channel().Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(n *Ntfy){
		"server":  func(n *Ntfy) { n.Server = "ntfy.example.com" },
		"topic":   func(n *Ntfy) { n.Topic = "a/b" },
		"timeout": func(n *Ntfy) { n.Timeout = 0 },
	} {
		n := f.channel()
		if change(n); n.Check() == nil || !strings.HasPrefix(n.Check().Error(), want) {
			t.Errorf("%v, want %q", n.Check(), want)
		}
	}
}

// FuzzNtfy writes what strangers may say into a notification: it stays within what
// the server takes.
func FuzzNtfy(f *testing.F) {
	f.Add("标题", "引文", "https://x.example/", 3)
	f.Add("\xff\x00", strings.Repeat("长", 300), "javascript:alert(1)", 60)
	f.Fuzz(func(t *testing.T, title, quote, link string, n int) {
		a := sample(crisis.AlertOpened, "zh")
		a.Title, a.Remark, a.Link = title, quote, link
		for range min(max(n, 0), 100) {
			a.Evidence = append(a.Evidence, crisis.Evidence{Source: title, Quote: quote, URL: link})
		}
		p := ntfyOf(a)
		if len(p.Message) > ntfyMessage || p.Message == "" || !utf8.ValidString(p.Title+p.Message) || len(p.Actions) > ntfyActions || utf8.RuneCountInString(p.Title) > lockScreen {
			t.Errorf("%+v", p)
		}
		for _, x := range p.Actions {
			if !strings.HasPrefix(x.URL, "https://") && !strings.HasPrefix(x.URL, "http://") {
				t.Errorf("a button opens %q", x.URL)
			}
		}
	})
}
