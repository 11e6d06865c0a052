package daemon

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

// builder fills a store to full size through the same functions that fill it in life.
type builder struct {
	b     *testing.B
	d     *Daemon
	clock *handClock
	r     *rand.Rand
	posts []crisis.Evidence // some that incidents quote
}

func (x *builder) build() {
	x.sightings()
	x.deliveries()
	x.incidents()
	x.people()
	x.offices()
}

func (x *builder) update(what string, f func(tx *store.Tx) error) {
	x.b.Helper()
	if err := x.d.store.Update(x.b.Context(), f); err != nil {
		x.b.Fatalf("%s: %v", what, err)
	}
}

// sightings are the visits to the sources in all those weeks, one source blind every Sunday.
func (x *builder) sightings() {
	blind := func(i int, at time.Time) bool { return i == 3 && at.Weekday() == time.Sunday }
	for day := range fullDays + 1 {
		x.update("visits", func(tx *store.Tx) error {
			for at, end := benchBegin.AddDate(0, 0, day), benchBegin.AddDate(0, 0, day+1); at.Before(end) && at.Before(fullNow); at = at.Add(5 * time.Minute) {
				for i := range fullSources {
					class := crisis.ClassOK
					if blind(i, at) || x.r.IntN(200) == 0 {
						class = crisis.ClassUnavailable
					}
					if err := tx.AddAttempt(crisis.Coverage{Source: x.d.cfg.Sources[i].Name, At: at, Class: class, Posts: 3, Fresh: 2}); err != nil {
						return err
					}
				}
			}
			seen := map[string]bool{}
			for i := range fullSources {
				seen[x.d.cfg.Sources[i].Name] = !blind(i, benchBegin.AddDate(0, 0, day))
			}
			return tx.AddSight(store.Sight{From: benchBegin.AddDate(0, 0, day), Seen: seen})
		})
	}
	x.update("sources", func(tx *store.Tx) error {
		for i := range fullSources {
			err := tx.SetSource(store.SourceState{Name: x.d.cfg.Sources[i].Name, FirstSuccess: benchBegin, FirstAttempt: benchBegin, LastOK: fullNow.Add(-2 * time.Minute), LastAttempt: fullNow.Add(-2 * time.Minute), LastClass: crisis.ClassOK, NextAttempt: fullNow.Add(3 * time.Minute)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveries take in all posts, a thousand at a time, as ingest does.
func (x *builder) deliveries() {
	var posts []crisis.Post
	take := func() {
		at := posts[len(posts)-1].Published
		if at.After(x.clock.now) {
			x.clock.now = at
		}
		x.d.room.minute = x.clock.now.Truncate(time.Minute).Add(-time.Minute) // as if it had been judged
		if _, err := x.d.ingest(x.b.Context(), benchDelivery(posts)); err != nil {
			x.b.Fatal(err)
		}
		for i := 0; i < len(posts); i += 250 {
			p := &posts[i]
			x.posts = append(x.posts, crisis.Evidence{Key: p.Key(), Source: p.Source, URL: p.URL, Quote: p.FullText(), Published: p.Published, Mood: crisis.Negative, Copies: 1 + i%5})
		}
		posts = make([]crisis.Post, 0, benchBatch)
	}
	for p := range fullStream() {
		if posts = append(posts, p); len(posts) == benchBatch {
			take()
		}
	}
	if len(posts) > 0 {
		take()
	}
	x.update("the last minute", func(tx *store.Tx) error {
		return tx.SetSetting(settingMinute, fullNow.Add(-time.Minute).Format(time.RFC3339))
	})
	x.d.room.minute = fullNow.Add(-time.Minute)
}

// people are the users with a session each, their tokens, and what all of them did.
func (x *builder) people() {
	roles := []string{"admin", "approver", "operator", "viewer"}
	x.update("users", func(tx *store.Tx) error {
		for i := range fullUsers {
			name := fmt.Sprintf("user%02d", i)
			if i < len(roles) {
				name = roles[i]
			}
			if err := tx.SetUser(store.User{Name: name, Role: roles[i%len(roles)], Password: "-", Created: benchBegin}); err != nil {
				return err
			}
			if err := tx.SetSession(store.Session{Token: fullHash(fullToken(name)), User: name, Created: fullNow.Add(-time.Hour), Seen: fullNow, Expires: fullNow.Add(24 * time.Hour), Address: "10.1.2.3", Agent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}); err != nil {
				return err
			}
			if err := tx.SetSetting("console.name."+name, fmt.Sprintf("同事%02d", i)); err != nil {
				return err
			}
			if err := tx.AddToken(store.Token{Name: "程序" + name, Role: "viewer", Hash: fullHash("token-" + name), By: "admin", Created: benchBegin}); err != nil {
				return err
			}
		}
		return nil
	})
	routes := []string{"POST /incidents/{id}", "POST /login", "POST /requests/{key}", "POST /handover", "POST /api/v1/incidents/{id}/acts"}
	for from := 0; from < fullAudit; from += 10_000 {
		x.update("audit", func(tx *store.Tx) error {
			for i := from; i < from+10_000; i++ {
				e := store.Entry{At: fullNow.Add(-time.Duration(fullAudit-i) * 2 * time.Minute), Who: fmt.Sprintf("user%02d", 4+i%(fullUsers-4)), Address: "10.1.2.3", Role: "operator", What: routes[i%len(routes)], Target: fmt.Sprintf("%s-%02d", fullNow.AddDate(0, 0, -i%fullYears).Format("20060102"), 1+i%20), Outcome: store.OutcomeOK}
				if i%50 == 0 {
					e.Outcome = store.OutcomeRefused
				}
				if err := tx.Note(&e); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// offices are the calendar, what emerged, silences, and the requests, most of which were
// answered.
func (x *builder) offices() {
	x.update("calendar, phrases, silences", func(tx *store.Tx) error {
		for i := range 400 {
			at := benchBegin.AddDate(0, 0, i/5)
			if _, err := tx.AddPlanned(store.Planned{Title: fmt.Sprintf("消费者权益日活动%d", i), From: at, To: at.Add(8 * time.Hour), Topics: []string{x.d.cfg.Topics[i].ID}, Bar: 1.5, By: "admin", At: benchBegin}); err != nil {
				return err
			}
		}
		for i := range 3000 {
			at := fullNow.Add(-time.Duration(i) * 20 * time.Minute)
			e := crisis.Emerged{Phrases: []string{fmt.Sprintf("新说法%d", i), "大家在传", "到底怎么回事"}, First: at, Last: at.Add(15 * time.Minute), Posts: 40 + i%50, Voices: 10 + i%30, Sources: map[string]int{"s01": 20, "s02": 9, "s03": 4, "s04": 1}}
			for range 5 {
				e.Exemplars = append(e.Exemplars, x.posts[x.r.IntN(len(x.posts))].Key)
			}
			if err := tx.SetEmerged(e); err != nil {
				return err
			}
		}
		for i := range 30 {
			s := store.Silence{Topic: x.d.cfg.Topics[i].ID, Since: fullNow.Add(-time.Hour), Until: fullNow.Add(2 * time.Hour), By: "admin", Reason: "已知情况，正在处置"}
			if _, err := tx.AddSilence(s); err != nil {
				return err
			}
		}
		return nil
	})
	var asks []crisis.Ask
	err := x.d.store.View(x.b.Context(), func(tx *store.Tx) (err error) {
		asks, err = tx.Asks(false, "", 1<<30)
		return err
	})
	if err != nil {
		x.b.Fatal(err)
	}
	x.b.Logf("%d requests", len(asks))
	for i := range asks {
		if i < 300 {
			continue // these wait
		}
		x.update("requests", func(tx *store.Tx) error {
			a := asks[i]
			at := a.Received.Add(time.Duration(1+i%40) * time.Hour)
			next, err := a.Decide(crisis.AskAct{Key: a.Key, Do: string(crisis.AskAnswered), By: "同事05", Note: "已电话答复，转办水务。", Link: "https://gov.example/a"}, at, x.d.due)
			if err != nil {
				return err
			}
			return tx.ActOnAsk(next, store.AskEntry{At: at, By: "同事05", What: string(crisis.AskAnswered), Note: "已电话答复，转办水务。"})
		})
	}
}

// signal is what a detector says of a topic at a time, with posts that show it.
func (x *builder) signal(topic string, at time.Time) crisis.Signal {
	s := crisis.Signal{
		Detector: "surge", Rule: "surge/1", Topic: topic, Tier: crisis.TierAlert, Level: crisis.LevelIII, At: at, Since: at.Add(-20 * time.Minute), Window: time.Hour,
		Observed: float64(30 + x.r.IntN(200)), Expected: 3, Low: 0, High: 9, Odds: 5, Posts: 60, Voices: 44, Unique: 30, Negative: 25, Coverage: 1,
		Sources: []string{"s01", "s02", "s03"}, Parts: []float64{0.6, 0.3, 0.1},
	}
	for range 4 {
		s.Evidence = append(s.Evidence, x.posts[x.r.IntN(len(x.posts))])
	}
	return s
}

// incidents are ten thousand, the last of which are open; some are long.
func (x *builder) incidents() {
	each := fullYears * 24 * time.Hour / fullIncidents
	for from := 0; from < fullIncidents; from += 50 {
		x.update("incidents", func(tx *store.Tx) error {
			for i := from; i < from+50; i++ {
				open := i >= fullIncidents-fullOpen
				at := fullNow.Add(-time.Duration(fullIncidents-i) * each)
				if open {
					at = fullNow.Add(-time.Duration(fullIncidents-i) * 40 * time.Minute)
				}
				p := &past1{builder: x, tx: tx, at: at, n: i, topic: x.d.cfg.Topics[(i*7)%fullTopics].ID}
				if err := p.live(open); err != nil {
					return fmt.Errorf("incident %d: %w", i, err)
				}
			}
			return nil
		})
	}
}

// past1 is the life of one incident.
type past1 struct {
	*builder
	tx    *store.Tx
	at    time.Time
	n     int
	topic string
	in    *crisis.Incident
}

// live lets the incident run its course.
func (p *past1) live(open bool) error {
	p.clock.now = p.at
	r := responder{d: p.d, tx: p.tx, now: p.at, sees: sight{}}
	if err := r.begin(turn{name: p.topic, Turn: detectors.Turn{Kind: detectors.TurnOpen, Signal: p.signal(p.topic, p.at)}}); err != nil {
		return err
	}
	p.in = r.due[0].in
	if err := r.flush(); err != nil {
		return err
	}
	steps := []func() error{p.work, p.speak, p.follow}
	if !open {
		steps = append(steps, p.end)
	}
	for _, f := range append(steps, p.deliver) {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// act is what a person does some minutes later.
func (p *past1) act(a crisis.Act) error {
	p.at = p.at.Add(time.Duration(1+p.r.IntN(3)) * time.Minute)
	p.clock.now = p.at
	events, err := p.in.Decide(a, p.at)
	if err != nil {
		return fmt.Errorf("%s: %w", a.Kind, err)
	}
	return p.record(events...)
}

func (p *past1) record(events ...crisis.Event) (err error) {
	p.in, err = record(p.tx, p.at, p.in, events...)
	return err
}

// work acknowledges, ticks a third of the checklist, and notes.
func (p *past1) work() error {
	if err := p.act(crisis.Act{Kind: crisis.EventAcknowledged, By: "同事05"}); err != nil {
		return err
	}
	if err := p.act(crisis.Act{Kind: crisis.EventLevel, By: "同事01", Opinion: crisis.LevelIII, Note: "经研判按三级处置"}); err != nil {
		return err
	}
	list := p.in.Checklist()
	for i := range list {
		if i%3 != 0 || list[i].AskKind == "approval" || list[i].Done {
			continue
		}
		if err := p.act(crisis.Act{Kind: crisis.EventStepDone, By: "同事05", Plan: list[i].Plan, Step: list[i].ID, Note: "已联系责任单位核实，情况属实，正在现场处置。", Link: "https://gov.example/a"}); err != nil {
			return err
		}
	}
	return p.act(crisis.Act{Kind: crisis.EventNote, By: "同事02", Note: "分管领导已知悉，要求先发安全提示，检测结果出来立即公布。"})
}

// speak drafts, reviews, approves and publishes a statement with a promise, in every third.
func (p *past1) speak() error {
	if p.n%3 != 0 {
		return nil
	}
	text := "关于群众反映问题的情况说明\n目前，责任单位已到现场处置，相关情况正在核实，给大家带来不便，我们深表歉意。后续情况将及时发布。咨询电话：0000-0000000。\n云川市人民政府新闻办公室"
	acts := []crisis.Act{
		{Kind: crisis.EventDrafted, By: "同事05", Data: crisis.Draft{Kind: "first_statement", Text: text}},
		{Kind: crisis.EventStatementReviewed, By: "同事06", Data: crisis.Review{Statement: "s1", Version: 1, Stage: crisis.StageText, OK: true}},
		{Kind: crisis.EventStatementReviewed, By: "同事06", Data: crisis.Review{Statement: "s1", Version: 1, Stage: crisis.StageFact, OK: true}},
		{Kind: crisis.EventStatementReviewed, By: "同事06", Data: crisis.Review{Statement: "s1", Version: 1, Stage: crisis.StageSecrecy, OK: true}},
		{Kind: crisis.EventApproved, By: "同事01", Data: crisis.Approval{Statement: "s1", Version: 1}},
		{Kind: crisis.EventPublished, By: "同事05", Data: crisis.Publishing{Publication: crisis.Publication{Statement: "s1", Version: 1, Where: "云川发布", URL: "https://gov.example/s"}}},
		{Kind: crisis.EventPromised, By: "同事05", Data: crisis.Promise{What: "公布检测结果", Due: p.at.Add(48 * time.Hour)}},
	}
	for _, a := range acts {
		if err := p.act(a); err != nil {
			return err
		}
	}
	return nil
}

// follow has signals come in, thousands in a few of the incidents.
func (p *past1) follow() error {
	n := 6
	if p.n%1000 == 500 || p.n >= fullIncidents-4 {
		n = 3000
	}
	for i := range n {
		p.at = p.at.Add(time.Second)
		e := crisis.NewEvent(crisis.EventSignal, p.at, crisis.Machine, p.signal(p.topic, p.at))
		if i%4 == 3 {
			e = crisis.NewEvent(crisis.EventNote, p.at, "同事07", crisis.Remark{Text: fmt.Sprintf("第%d次与现场核对，情况平稳。", i)})
		}
		if err := p.record(e); err != nil {
			return err
		}
	}
	return nil
}

// end keeps what was promised, closes, judges and reviews.
func (p *past1) end() error {
	if len(p.in.OpenPromises()) > 0 {
		if err := p.act(crisis.Act{Kind: crisis.EventPromiseKept, By: "同事05", Data: crisis.Keeping{Promise: "p1", Note: "已公布"}}); err != nil {
			return err
		}
	}
	acts := []crisis.Act{
		{Kind: crisis.EventClosed, By: "同事01", Note: "处置完毕，回应已发布，声量回到平常。"},
		{Kind: crisis.EventVerdict, By: "同事01", Verdict: []crisis.Verdict{crisis.VerdictReal, crisis.VerdictNoise}[p.n%2]},
	}
	if p.n%2 == 0 {
		acts = append(acts,
			crisis.Act{Kind: crisis.EventFinding, By: "同事02", Data: crisis.Finding{Kind: crisis.FindingGap, Text: "首次通报可再提前十分钟。"}},
			crisis.Act{Kind: crisis.EventActionAdded, By: "同事02", Data: crisis.Action{What: "补充供水应急联系人", Owner: "同事03", Due: p.at.Add(30 * 24 * time.Hour), Check: "抽查"}})
	}
	for _, a := range acts {
		if err := p.act(a); err != nil {
			return err
		}
	}
	return nil
}

// deliver sends what was put on its way, nearly always with success.
func (p *past1) deliver() error {
	for _, ch := range p.d.cfg.Channels {
		due, err := p.tx.Due(ch.Name, p.at.Add(24*time.Hour), 10)
		if err != nil {
			return err
		}
		for _, o := range due {
			if err := p.tx.Sending(o.ID, o.Due); err != nil {
				return err
			}
			if p.n%40 == 7 {
				err = p.tx.Refused(o.ID, o.Due, "频道不存在", "检查频道名")
			} else {
				err = p.tx.Sent(o.ID, o.Due.Add(time.Second), "ref-"+o.ID, "")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
