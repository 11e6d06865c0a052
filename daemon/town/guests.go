package town

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"watchfire/crisis"
)

// Guest is a post that somebody else puts into the town's mouth, for a drill.
type Guest struct {
	At     time.Time // not within the town's own crisis, whose minutes are full
	Source string
	Author string
	Title  string // of sites whose posts have one
	Text   string

	number int64
}

// mostGuests is how many guests a minute has room for, beside the town's own posts.
const mostGuests = room / 2

// With returns the town with guests among its people; a site that dead names falls
// silent for good. The town itself does not change.
func (t *Town) With(guests []Guest, dead Dead) (*Town, error) {
	out := *t
	out.guests = slices.Clone(guests)
	slices.SortStableFunc(out.guests, func(a, b Guest) int { return a.At.Compare(b.At) })
	if dead.Source != "" {
		out.truth.Dead = dead
	}
	n := 0
	for i := range out.guests {
		g := &out.guests[i]
		if siteOf(g.Source) < 0 {
			return nil, fmt.Errorf("guest of %s: the town has no such site", g.Source)
		}
		n++
		if i == 0 || out.guests[i-1].At.Unix()/60 != g.At.Unix()/60 {
			n = 0
		}
		if n >= mostGuests {
			return nil, fmt.Errorf("guests at %s: a minute has room for %d", g.At.Format(time.RFC3339), mostGuests)
		}
		g.number = g.At.Unix()/60*room + mostGuests + int64(n)
	}
	return &out, nil
}

// siteOf returns the place of a site, -1 if there is none of that name.
func siteOf(source string) int {
	return slices.IndexFunc(sites[:], func(s site) bool { return s.name == source })
}

// Say says one line of a grammar as scenes do: {a|b} is one of them, {#5-40} a number,
// {name} words of the town, such as {spot.qingxi}. The same seed says the same.
func Say(line string, seed uint64) (string, error) {
	own := speech()
	g := &grammar{rules: slices.Clone(own.rules), names: map[string]ruleID{}}
	maps.Copy(g.names, own.names)
	form, rest, err := g.form(line, "")
	if err == nil && rest != "" {
		err = fmt.Errorf("unexpected %q", rest)
	}
	for _, r := range g.rules {
		if err == nil && len(r.forms) == 0 {
			err = fmt.Errorf("the town has no words called {%s}", r.name)
		}
	}
	if err != nil {
		return "", fmt.Errorf("say %q: %w", line, err)
	}
	id := ruleID(len(g.rules))
	g.rules = append(g.rules, rule{forms: [][]part{form}})
	d := roll(seed)
	return string(g.say(nil, id, &d, &memory{})), nil
}

// visitors returns the guests of a site in one unix minute, in order of time.
func (t *Town) visitors(m int64) []Guest {
	from := sort.Search(len(t.guests), func(i int) bool { return t.guests[i].At.Unix() >= m*60 })
	to := from
	for to < len(t.guests) && t.guests[to].At.Unix() < (m+1)*60 {
		to++
	}
	return t.guests[from:to]
}

// guest is a guest's post under the address that its site gives it.
func (w *walker) guest(g *Guest) crisis.Post {
	id := siteOf(g.Source)
	s := &sites[id]
	number := fmt.Sprint(g.number)
	p := crisis.Post{
		Source: s.name, Kind: s.kind, Lang: "zh", Precision: crisis.PrecisionSecond, Published: g.At.Truncate(time.Second).UTC(),
		URL: w.bases[id] + s.path + number + s.tail, ID: number, Author: g.Author, Title: g.Title, Text: g.Text,
	}
	switch {
	case siteID(id) == forum:
		p.ID = p.URL // the reader of lists knows no other
	case s.urn != "":
		p.ID = s.urn + p.ID
	}
	if siteID(id) != micro && p.Title == "" {
		p.Title = headline(g.Text)
	}
	if siteID(id) == micro {
		p.Title = ""
	}
	return p
}

// headline is how a text begins, for sites that give every post a title.
func headline(text string) string {
	r := []rune(text)
	return string(r[:min(len(r), 24)])
}

// silenced says whether a guest speaks on a site that is dead by then.
func (t *Town) silenced(g *Guest) bool { return t.silent(siteID(siteOf(g.Source)), g.At.Unix()) }

// minutely returns all that a site shows of one minute up to at, newest first.
func (f *front) minutely(w *walker, m, at int64) []crisis.Post {
	var out []crisis.Post
	for k, s := range w.minute(m) {
		if s.site == f.id && s.at <= at {
			p, _ := w.write(s, k)
			out = append(out, p)
		}
	}
	for _, g := range f.town.visitors(m) {
		if siteOf(g.Source) == int(f.id) && g.At.Unix() <= at && !f.town.silenced(&g) {
			out = append(out, w.guest(&g))
		}
	}
	slices.SortStableFunc(out, func(a, b crisis.Post) int { return cmp.Compare(b.Published.Unix(), a.Published.Unix()) })
	return out
}

// utter yields a guest's post if it lies within the seconds from first, before last.
func (w *walker) utter(g *Guest, first, last int64, yield func(crisis.Post, Label) bool) bool {
	if at := g.At.Unix(); at < first || at >= last || w.t.silenced(g) {
		return true
	}
	return yield(w.guest(g), Label{})
}
