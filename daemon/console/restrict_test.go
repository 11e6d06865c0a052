package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// restricted is a world in which 李敏 has restricted the incident to herself and 王主任.
func restricted(t *testing.T) (w *world, id string) {
	t.Helper()
	w = newWorld(t, false)
	id = w.fill()
	w.as("outsider", roleAdmin)
	w.as("wang", roleViewer)
	w.as("limin", roleApprover)
	w.post("/incidents/"+id, url.Values{"do": {"restrict"}, "who": {"wang"}, "note": {"涉密"}}, 200)
	return w, id
}

// TestRestrictedRoutes asks every route that takes an incident for one that is restricted
// to others: it answers to the letter as for one that does not exist.
func TestRestrictedRoutes(t *testing.T) {
	w, id := restricted(t)
	const nothing = "20200101-99"
	n := 0
	w.as("outsider", roleAdmin)
	for _, p := range w.console.routes().patterns {
		if !strings.Contains(p, "{id}") || strings.Contains(p, "playbooks") {
			continue
		}
		n++
		method, path := bare(id, p)
		for _, do := range []string{"", "ack", "finding", "draft", "resend"} {
			body := form("do", do, "note", "x", "text", "x", "post", "1", "mood", "negative").Encode()
			hidden := w.request(method, path, strings.NewReader(body))
			missing := w.request(method, strings.ReplaceAll(path, id, nothing), strings.NewReader(body))
			a, b := w.read(hidden, 404), w.read(missing, 404)
			if strings.ReplaceAll(a, id, nothing) != b {
				t.Errorf("%s: the answers for a hidden and a missing incident differ:\n%s\n%s", p, a, b)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d routes take an incident; they are not found", n)
	}
	for _, c := range []struct {
		path string
		form url.Values
	}{
		{"/handover", url.Values{"incident": {id}, "person": {"outsider"}, "note": {"x"}}},
		{"/deliveries", form("do", "resend", "incident", id, "alert", id+".5.opened.duty-sms")},
		{"/deliveries", form("do", "silence", "incident", id, "hours", "2", "reason", "x")},
	} {
		w.post(c.path, c.form, 404)
	}
	w.get("/live?of="+id, 404)
	before := w.incident(id).Events
	w.as("wang", roleOperator)
	w.post("/incidents/"+id, form("do", "ack"), 200)
	if after := w.incident(id).Events; after != before+1 {
		t.Errorf("%d events before, %d after: want only what a named person did", before, after)
	}
}

// TestRestrictedLists looks for traces of the incident on every page.
func TestRestrictedLists(t *testing.T) {
	w, id := restricted(t)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.AddSilence(store.Silence{Incident: id, Since: night, Until: night.Add(1e12), By: "x", Reason: "x"})
		return err
	}))
	pages := []string{"/", "/incidents", "/topics", "/requests", "/deliveries", "/deliveries?incident=" + id, "/handover", "/sources", "/account", "/settings/people"}
	for _, name := range []string{"outsider", "limin"} {
		w.as(name, roleAdmin)
		found := 0
		for _, p := range pages {
			page := w.get(p, 200)
			if p == "/deliveries?incident="+id { // the page repeats what was asked for
				page = strings.ReplaceAll(page, `value="`+id+`"`, "")
				page = strings.ReplaceAll(page, `<span class="tag">`+id, "")
				page = strings.ReplaceAll(page, "incident="+id, "")
			}
			if strings.Contains(page, id) {
				found++
				if name == "outsider" {
					t.Errorf("%s shows the incident to others", p)
				}
			}
		}
		if name == "limin" && found < 4 {
			t.Errorf("a named person finds the incident on %d pages", found)
		}
	}
}

// TestRestrictedStream wants no ring for an incident that the page cannot see.
func TestRestrictedStream(t *testing.T) {
	w, id := restricted(t)
	for who, want := range map[string]bool{"outsider": false, "wang": true} {
		v := &viewer{wake: make(chan struct{}, 1), what: map[string]bool{}}
		if !w.console.enter(v) {
			t.Fatal("no room")
		}
		r, err := http.NewRequestWithContext(store.SeenBy(context.Background(), who), "GET", "/live", nil)
		w.must(err)
		for _, c := range []struct {
			of   string
			want bool
		}{{id, want}, {"", true}} {
			w.console.Changed(c.of)
			<-v.wake
			if got, err := w.console.news(r, v); err != nil || got != c.want {
				t.Errorf("%s is told of a change of %q: %v, %v, want %v", who, c.of, got, err, c.want)
			}
		}
		w.console.leave(v)
	}
}

func TestRestrictForm(t *testing.T) {
	w, id := restricted(t)
	at := "/incidents/" + id
	page := w.get(at+"?lang=zh", 200)
	sound(t, "restricted", page)
	if !strings.Contains(page, "限定知悉：limin、wang") {
		t.Error("the page does not say who sees the incident")
	}
	for _, c := range []struct {
		form   url.Values
		status int
	}{
		{url.Values{"do": {"restrict"}, "who": {"nobody"}, "note": {"x"}}, 422},
		{url.Values{"do": {"restrict"}, "note": {"x"}}, 422},
		{url.Values{"do": {"restrict"}, "who": {"wang"}}, 422},
		{url.Values{"do": {"restrict"}, "who": {"wang"}, "note": {"x"}}, 409},
	} {
		w.post(at, c.form, c.status)
	}
	w.as("wang", roleOperator)
	w.post(at, form("do", "unrestrict", "note", "x"), 403)
	w.as("limin", roleApprover)
	w.post(at, form("do", "unrestrict", "note", "公开"), 200)
	w.as("outsider", roleViewer)
	w.get(at, 200)
}

// TestRestrictedLink follows a signed link of somebody who is not named.
func TestRestrictedLink(t *testing.T) {
	w, id := restricted(t)
	in := w.incident(id)
	w.must(w.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SetSetting(settingName+"wang", "王主任") }))
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
	w.must(err)
	for person, want := range map[string]bool{"王主任": true, "wang": true, "limin": true, "周婷": false} {
		if got, err := w.console.linked(r, &crisis.Tap{Person: person}, &in); err != nil || got != want {
			t.Errorf("linked(%s) = %v, %v, want %v", person, got, err, want)
		}
	}
}
