package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"
)

// patience is how long a test waits for what a page is to show.
const patience = 2 * time.Minute

// chromium is the one process in which all tabs are; its end is the end of the run.
var chromium struct {
	sync.Once
	ctx  context.Context
	end  func()
	err  error
	none bool // not installed
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// launch starts Chromium, which talks to nobody but the stage. It has no sandbox, for CI
// runs as root, and paints letters the same on every machine.
func launch() {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if chromium.none = path == ""; chromium.none {
		return
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"), chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("disable-lcd-text", true))...)
	ctx, leave := chromedp.NewContext(alloc)
	chromium.ctx = ctx
	chromium.end = func() {
		_ = chromedp.Cancel(ctx) // it is gone, or is killed with its allocator
		leave()
		stop()
	}
	chromium.err = chromedp.Do(ctx)
}

// tab is one page of a browser of its own: nothing is shared with other tabs but the
// process.
type tab struct {
	t    *testing.T
	s    *stage
	ctx  context.Context
	lang string // in which pages are opened, "" for the reader's own

	mu     sync.Mutex
	faults []string // violations of the policy, and errors of scripts
}

// newTab opens an empty tab as large as a desk's, in which who is logged in, or nobody.
// At the end of the test t it fails for whatever the browser complained of.
func (s *stage) newTab(t *testing.T, who *person) *tab {
	t.Helper()
	chromium.Do(launch)
	if chromium.none {
		t.Skip("no Chromium is installed: apt-get install chromium fonts-noto-cjk")
	}
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, stop := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	x := &tab{t: t, s: s, ctx: ctx}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // the tab may be closed already
		stop()
		x.mu.Lock()
		defer x.mu.Unlock()
		for _, f := range x.faults {
			t.Errorf("the browser complains: %s", f)
		}
	})
	if err := chromedp.Listen(ctx, x.hear); err != nil { // opens the tab
		t.Fatal(err)
	}
	command(x, audits.Enable, cdp.Empty{})
	command(x, log.Enable, cdp.Empty{})
	if who != nil {
		for _, c := range who.cookies() {
			command(x, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: s.url, HTTPOnly: new(true)})
		}
	}
	x.size(1280, 900)
	x.dark(false)
	command(x, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}) // no tab waits for another to lose the focus
	return x
}

// hear notes what the browser complains of.
func (x *tab) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *audits.EventIssueAdded:
		if v := e.Issue.Details.ContentSecurityPolicyIssueDetails; v != nil {
			fault = fmt.Sprintf("policy %s violated by %s", v.ViolatedDirective, v.BlockedURL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // of the network: a status that a test asked for
			fault = e.Entry.Text + " " + e.Entry.URL
		}
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL
	}
	if fault != "" {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.faults = append(x.faults, fault)
	}
}

// do carries out actions, one after the other, within patience.
func (x *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		x.t.Fatal(err)
	}
}

// command sends one command of the protocol to the tab.
func command[P, R any](x *tab, c cdp.Command[P, R], params P) R {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	out, err := chromedp.Call(ctx, c, params)
	if err != nil {
		x.t.Fatalf("%s: %v", c.Method, err)
	}
	return out
}

// size makes the tab so many pixels wide and high; one narrower than a tablet is a
// phone that is touched.
func (x *tab) size(width, height int64) {
	x.t.Helper()
	command(x, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 700})
}

// dark has the page believe that its reader likes it dark, or light.
func (x *tab) dark(yes bool) {
	x.t.Helper()
	scheme := "light"
	if yes {
		scheme = "dark"
	}
	command(x, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// open goes to a page of the console and waits until it is loaded.
func (x *tab) open(path string) {
	x.t.Helper()
	if x.lang != "" {
		sign := "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		page, anchor, found := strings.Cut(path, "#")
		if path = page + sign + "lang=" + x.lang; found {
			path += "#" + anchor
		}
	}
	x.do(chromedp.Navigate(x.s.url + path))
}

// eval is what an expression is in the page.
func eval[T any](x *tab, js string) T {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		x.t.Fatalf("%s: %v", js, err)
	}
	return out
}

// until waits for an expression to be true in the page, whatever page that is by then.
func (x *tab) until(js string) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+js+")"))
		if err == nil && yes {
			return
		}
		if err != nil && strings.Contains(err.Error(), "SyntaxError") {
			x.t.Fatalf("%s: %v", js, err)
		}
		select {
		case <-ctx.Done():
			x.t.Fatalf("never true: %s (%v)\nthe page is %s\n%s", js, err, eval[string](x, "location.href"), eval[string](x, "document.body.innerText.slice(0, 4000)"))
		case <-look.C:
		}
	}
}

// leads does something that leads to another page and waits until that is loaded.
func (x *tab) leads(what func()) {
	x.t.Helper()
	eval[bool](x, "window.left = true")
	what()
	x.until("!window.left && document.readyState === 'complete'")
}

// click clicks with the mouse where an element is, and fails if something else lies
// over it.
func (x *tab) click(selector string) {
	x.t.Helper()
	x.until(fmt.Sprintf("document.querySelector(%q)", selector))
	over := eval[string](x, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q); e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect(), at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return at && (e.contains(at) || at.contains(e) || (e.labels && [...e.labels].includes(at))) ? "" : at ? at.outerHTML.slice(0, 200) : "nothing";
	})()`, selector))
	if over != "" {
		x.t.Fatalf("%s cannot be clicked: %s is there", selector, over)
	}
	x.do(chromedp.Click(chromedp.CSS(selector)))
}

// write types text into a field.
func (x *tab) write(selector, text string) {
	x.t.Helper()
	x.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// text is what an element shows.
func (x *tab) text(selector string) string {
	x.t.Helper()
	return eval[string](x, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// choose takes the first entry of a list in whose words there are these.
func (x *tab) choose(selector, words string) {
	x.t.Helper()
	if !eval[bool](x, fmt.Sprintf("(() => { const o = [...document.querySelector(%q).options].find((o) => o.text.includes(%q)); if (o) o.selected = true; return !!o; })()", selector, words)) {
		x.t.Fatalf("%s offers no %s: %s", selector, words, x.text(selector))
	}
}
