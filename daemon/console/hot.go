package console

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	hotFor      = 3 * time.Hour // a phrase not heard for so long is not hot
	mostHot     = 6
	mostPhrases = 4
)

// hotRow is what many have begun to say although no topic has that word.
type hotRow struct {
	Phrase  string
	Topic   string // title of the topic that most of its posts belong to all the same
	Others  string // what else is said in the same posts
	Since   moment
	Voices  int
	Sources string
	Quote   *evidenceView // one post that shows it; nil when it has been deleted
}

// HotSpan says for how long a phrase is hot.
func (p nowPage) HotSpan() string { return p.span(hotFor) }

// hot lists the topics that emerged and are still talked of, what most say first.
func (c *Console) hot(ctx context.Context, p *nowPage) error {
	if !c.Phrases {
		return nil
	}
	names := map[string]string{}
	for _, s := range p.Sources {
		names[s.Name] = s.Title
	}
	err := c.Store.View(ctx, func(tx *store.Tx) error {
		topics, err := tx.Emerged(p.now.Add(-hotFor))
		if err != nil {
			return err
		}
		slices.SortStableFunc(topics, func(a, b crisis.Emerged) int { return cmp.Compare(b.Voices, a.Voices) })
		for i := range topics[:min(mostHot, len(topics))] {
			quotes, err := tx.Quote(topics[i].Exemplars[:min(1, len(topics[i].Exemplars))])
			if err != nil {
				return err
			}
			topic, err := tx.TopicOf(topics[i].Exemplars)
			if err != nil {
				return err
			}
			row := p.hotRow(&topics[i], quotes, names)
			row.Topic = c.topicTitle(topic)
			p.Hot = append(p.Hot, row)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read what emerged: %w", err)
	}
	return nil
}

func (t tongue) hotRow(e *crisis.Emerged, quotes []crisis.Evidence, names map[string]string) hotRow {
	var others, sources []string
	for _, p := range e.Phrases[1:min(mostPhrases, len(e.Phrases))] {
		others = append(others, clean(p, 40))
	}
	busiest := slices.SortedFunc(maps.Keys(e.Sources), func(a, b string) int {
		return cmp.Or(cmp.Compare(e.Sources[b], e.Sources[a]), cmp.Compare(a, b))
	})
	for _, name := range busiest[:min(3, len(busiest))] {
		sources = append(sources, clean(cmp.Or(names[name], name), 30))
	}
	row := hotRow{
		Phrase: clean(e.Phrases[0], 40), Others: strings.Join(others, " · "), Since: t.since(e.First), Voices: e.Voices,
		Sources: strings.Join(sources, t.must("comma")),
	}
	if n := len(busiest) - len(sources); n > 0 {
		row.Sources += t.must("hot.more", n)
	}
	if len(quotes) > 0 {
		quote := t.evidence(quotes[0], names)
		row.Quote = &quote
	}
	return row
}

// topicTitle is what people call a topic; one that is not configured any more has
// its id.
func (c *Console) topicTitle(id string) string {
	all := c.Topics()
	if i := slices.IndexFunc(all, func(t crisis.Topic) bool { return t.ID == id }); i >= 0 {
		return clean(all[i].Name(), 20)
	}
	return clean(id, 20)
}
