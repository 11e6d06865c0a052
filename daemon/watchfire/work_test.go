package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// tap opens a signed link. An answer means that what it does is done.
func (w *world) tap(p *process, alert string, link crisis.TapLink) {
	u, err := url.Parse(link.URL)
	if err != nil {
		w.t.Fatalf("alert %s: %v", alert, err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+p.addr+u.Path, strings.NewReader("note=ok"))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the daemon is gone
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		if w.tapped == nil {
			w.tapped = map[string]bool{}
		}
		w.tapped[link.URL] = true
		w.ticks = append(w.ticks, link)
	}
}

// holdTicks checks that every act by a link that was answered stands in the store, and
// counts them.
func (w *world) holdTicks() int {
	w.t.Helper()
	s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	done := map[string]bool{}
	acknowledged := 0
	err = s.View(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		for _, row := range rows {
			in, events, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			for i := range events {
				if e := &events[i]; e.Kind == crisis.EventAcknowledged && e.Actor == "王强" { // it may have lapsed since
					acknowledged++
				}
			}
			for i := range in.Steps {
				if st := &in.Steps[i]; st.Done && st.DoneBy == "王强" {
					done[st.Plan+"/"+st.ID] = true
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, link := range w.ticks {
		if link.Do == crisis.TapDone && !done[link.Plan+"/"+link.Step] {
			w.t.Errorf("step %s/%s was ticked, answered, and is not done", link.Plan, link.Step)
		}
		if link.Do == crisis.TapAcknowledge && acknowledged == 0 {
			w.t.Error("an acknowledgement was answered and is lost")
		}
	}
	return len(w.ticks)
}

// desk is somebody at the console of a daemon that may be killed at any moment.
type desk struct {
	w      *world
	p      *process
	client *http.Client
	last   int // the status of the last answer
}

// post fills in a form. It returns the status, 0 when the daemon is gone.
func (d *desk) post(path string, pairs ...string) int {
	d.last = d.try(path, pairs)
	return d.last
}

func (d *desk) try(path string, pairs []string) int {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	if d.p.gone() {
		return 0
	}
	resp, err := d.client.PostForm("http://"+d.p.addr+path, form)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 500 {
		text, _ := io.ReadAll(resp.Body) // for the message only
		d.w.t.Errorf("POST %s: %s\n%s", path, resp.Status, text)
	}
	return resp.StatusCode
}

// key finds on a page what the pattern has in brackets, "" for nothing.
func (d *desk) key(path, pattern string) string {
	if d.p.gone() {
		return ""
	}
	resp, err := d.client.Get("http://" + d.p.addr + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	if m := regexp.MustCompile(pattern).FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return ""
}

// logIn logs the administrator in, who has chosen a password before the daemon was killed,
// or has not.
func (d *desk) logIn() bool {
	if d.post("/login", "user", "admin", "password", chosen) == http.StatusSeeOther {
		return true
	}
	once := oneTime.FindStringSubmatch(d.p.stdout.String())
	if once == nil {
		return false
	}
	d.post("/login", "user", "admin", "password", once[1])
	d.post("/password", "old", once[1], "new", chosen, "again", chosen, "name", "李敏")
	return d.post("/login", "user", "admin", "password", chosen) == http.StatusSeeOther
}

// work does everything at the console that writes to the store. What was answered is
// remembered where the store must show it for ever.
func (w *world) work(p *process) {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	d := &desk{w: w, p: p, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if !d.logIn() {
		if d.last != 0 {
			w.t.Errorf("nobody can log in, the answer is %d\n%s", d.last, p.log.String())
		}
		return
	}
	for _, copies := range w.hook.received() {
		id := copies[0].Incident
		if copies[0].Kind != crisis.AlertOpened || id == "" {
			continue
		}
		note := "记录" + w.clock.Now().Format("150405.000000")
		if d.post("/incidents/"+id, "do", "note", "note", note) == http.StatusSeeOther {
			w.notes = append(w.notes, note)
		}
		d.post("/incidents/"+id, "do", "level", "event", "II", "note", "上级通知")
	}
	day := func(add time.Duration) string { return w.clock.Now().Add(add).Format("2006-01-02T15:04") }
	d.post("/deliveries", "do", "silence", "topic", "silent", "hours", "2", "reason", "施工")
	d.post("/deliveries", "do", "unsilence", "id", "1")
	d.post("/calendar", "do", "plan", "title", "灯会", "topics", "silent", "from", day(time.Hour), "to", day(3*time.Hour), "bar", "2")
	d.post("/calendar", "do", "unplan", "id", "1")
	d.post("/sources/site", "do", "pause")
	d.post("/sources/site", "do", "resume")
	d.post("/settings/people", "do", "add", "name", "小林", "role", "viewer")
	d.post("/settings/people", "do", "role", "name", "小林", "role", "operator")
	d.post("/settings/people", "do", "reset", "name", "小林")
	d.post("/settings/people", "do", "end", "name", "小林")
	if key := d.key("/posts", `/posts/(-?\d+)/reading`); key != "" {
		d.post("/posts/"+key+"/reading", "mood", "negative")
	}
	if id := d.key("/deliveries", `name="alert" value="([^"]+)"`); id != "" { // Slack has refused one
		d.post("/deliveries", "do", "resend", "alert", id, "incident", d.key("/deliveries", `name="incident" value="([^"]*)"><input type="hidden" name="alert"`))
	}
	if key := d.key("/requests", `action="/requests/(-?\d+)"`); key != "" {
		d.post("/requests/"+key, "do", string(crisis.AskAnswered), "note", "已联系")
	}
	d.post("/logout")
}

// holdNotes checks that every note that was answered stands in a timeline, once, and
// counts them.
func (w *world) holdNotes() int {
	w.t.Helper()
	times := map[string]int{}
	for _, note := range w.notesStored() {
		times[note]++
	}
	for _, note := range w.notes {
		if times[note] != 1 {
			w.t.Errorf("note %s was answered and stands %d times in the timelines", note, times[note])
		}
	}
	return len(w.notes)
}
