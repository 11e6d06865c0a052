package drill

import (
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// guest is a post of a past incident.
type guest struct {
	after                time.Duration // since the drill's beginning
	source, author, text string
}

const (
	longestPast = 12 * time.Hour // of a past incident is rehearsed
	mostMinute  = 60             // posts of one minute that are told; the town has room for no more
)

// FromIncident makes a scenario of a past incident: its posts come again at the same
// distances, from the town's sites, with the authors as the hashes that they are.
func FromIncident(in *crisis.Incident, topic crisis.Topic, posts []crisis.Post) (Scenario, error) {
	s := Scenario{
		ID: in.ID, Lasts: longestPast, Topics: []crisis.Topic{topic},
		Title:  playbooks.Text{ZH: in.Title, EN: in.Title},
		Brief:  playbooks.Text{ZH: "这是本单位经历过的一起事件，帖文按当时的间隔重来一遍。", EN: "An incident of your own: its posts come again at the distances of then."},
		Trap:   playbooks.Text{ZH: "对照当时的报告：哪一步慢了，哪一步漏了。", EN: "Compare with the report of then: which step was late, which was left out."},
		Expect: Expect{Topic: topic.ID, Within: longestPast},
	}
	if len(in.Plans) > 0 {
		s.Expect.Plan = in.Plans[0].ID
	}
	perMinute := map[int64]int{}
	var first time.Time
	for _, p := range posts {
		if first.IsZero() || p.Published.Before(first) {
			first = p.Published
		}
	}
	for _, p := range posts {
		after := p.Published.Sub(first) + 2*time.Minute
		if after > longestPast {
			continue
		}
		if m := int64(after / time.Minute); perMinute[m] < mostMinute {
			perMinute[m]++
			source := "micro"
			if p.Kind == crisis.KindArticle {
				source = "news"
			}
			s.guests = append(s.guests, guest{after, source, p.Author, p.FullText()})
		}
	}
	if len(s.guests) == 0 {
		return s, errors.New("its posts are no longer stored")
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("make a drill of incident %s: %w", in.ID, err)
	}
	return s, nil
}
