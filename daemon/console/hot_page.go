package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// The page of what is hot looks back hotReach; it quotes at most hotQuotes posts of each.
const (
	hotReach  = 24 * time.Hour
	hotQuotes = 3
)

// hotPage is what many have suddenly begun to say, with its rise and where.
type hotPage struct {
	frame
	Rows []hotLine
	Span string
}

// hotLine is one of them.
type hotLine struct {
	Phrases       []string
	Topic         string // that it belongs to all the same; "" for none
	Posts, Voices int
	Rate          string // voices in an hour since it was first heard
	First, Last   moment
	Still         bool // heard lately
	Sources       []hotSource
	Quotes        []evidenceView
	Find          string // address of the posts that say it
}

// hotSource is where it is said, and how often.
type hotSource struct {
	Title string
	Posts int
	Width string // of its bar, of 100
}

func (c *Console) hotNow(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !c.Phrases {
		return store.ErrNotFound
	}
	p := hotPage{frame: c.frame(r, v, "hot", "now")}
	p.Live, p.Span = "*", p.span(hotReach)
	sources, err := c.Sources(r.Context())
	if err != nil {
		return fmt.Errorf("ask for the sources: %w", err)
	}
	names := map[string]string{}
	for i := range sources {
		names[sources[i].Name] = sources[i].Title
	}
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Emerged(p.now.Add(-hotReach))
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b crisis.Emerged) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(b.Voices, a.Voices)) })
		for i := range all[:min(len(all), perPage)] {
			e := &all[i]
			quotes, err := tx.Quote(e.Exemplars[:min(hotQuotes, len(e.Exemplars))])
			if err != nil {
				return err
			}
			topic, err := tx.TopicOf(e.Exemplars)
			if err != nil {
				return err
			}
			line := p.hotLine(e, quotes, names)
			line.Topic = c.topicTitle(topic)
			p.Rows = append(p.Rows, line)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what emerged: %w", err)
	}
	return c.render(w, r, http.StatusOK, "hot", p)
}

func (t tongue) hotLine(e *crisis.Emerged, quotes []crisis.Evidence, names map[string]string) hotLine {
	line := hotLine{
		Posts: e.Posts, Voices: e.Voices, First: t.since(e.First), Last: t.since(e.Last), Still: t.now.Sub(e.Last) < hotFor,
		Rate: number(float64(e.Voices) / max(e.Last.Sub(e.First).Hours(), 1)), Find: "/posts?q=" + url.QueryEscape(clean(e.Phrases[0], 40)),
	}
	for _, s := range e.Phrases[:min(len(e.Phrases), 2*mostPhrases)] {
		line.Phrases = append(line.Phrases, clean(s, 40))
	}
	busiest := slices.SortedFunc(maps.Keys(e.Sources), func(a, b string) int {
		return cmp.Or(cmp.Compare(e.Sources[b], e.Sources[a]), cmp.Compare(a, b))
	})
	for _, name := range busiest {
		width := 100 * e.Sources[name] / max(e.Sources[busiest[0]], 1)
		line.Sources = append(line.Sources, hotSource{clean(cmp.Or(names[name], name), 40), e.Sources[name], strconv.Itoa(width)})
	}
	for _, q := range quotes {
		line.Quotes = append(line.Quotes, t.evidence(q, names))
	}
	return line
}
