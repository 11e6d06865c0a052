package town

import (
	"slices"
	"sync"

	"watchfire/crisis"
)

// scene is something the town talks about on ordinary days.
type scene struct {
	rules   string // its rules in words/: rules.neg, rules.neu, rules.pos
	topic   string
	perDay  float64 // posts on an ordinary weekday
	weekend float64 // factor on Saturday and Sunday
	when    func(minute int) float64
	moods   [3]float64 // weights of negative, neutral, positive
	sites   [siteCount]float64
}

var (
	people = [siteCount]float64{micro: 64, forum: 27, voice: 3}
	idle   = [siteCount]float64{micro: 66, forum: 28} // nobody writes letters about it
	asking = [siteCount]float64{micro: 45, forum: 30, voice: 25}
	press  = [siteCount]float64{news: 1}
	hall   = [siteCount]float64{notice: 1}
)

// scenes are the ordinary days. Rules named after the scene hold the words.
var scenes = []scene{
	{rules: "chat", perDay: 2650, weekend: 1.12, when: daily, moods: [3]float64{25, 45, 30}, sites: idle},
	{rules: "bus", topic: TopicBus, perDay: 980, weekend: 0.62, when: commute, moods: [3]float64{34, 46, 20}, sites: people},
	{rules: "school", topic: TopicSchool, perDay: 840, weekend: 0.40, when: schoolDay, moods: [3]float64{26, 50, 24}, sites: people},
	{rules: "hospital", topic: TopicHospital, perDay: 170, weekend: 0.70, when: office, moods: [3]float64{32, 42, 26}, sites: people},
	{rules: "property", topic: TopicProperty, perDay: 150, weekend: 1.15, when: daily, moods: [3]float64{46, 40, 14}, sites: asking},
	{rules: "scenic", topic: TopicScenic, perDay: 130, weekend: 2.4, when: daily, moods: [3]float64{14, 36, 50}, sites: idle},
	{rules: "show", topic: TopicShow, perDay: 220, weekend: 1.05, when: evening, moods: [3]float64{14, 40, 46}, sites: idle},
	{rules: "tap", topic: TopicWater, perDay: 30, weekend: 1, when: daily, moods: [3]float64{30, 55, 15}, sites: asking},
	{rules: "power", topic: TopicPower, perDay: 22, weekend: 1, when: daily, moods: [3]float64{38, 50, 12}, sites: asking},
	{rules: "food", topic: TopicFood, perDay: 10, weekend: 1.3, when: daily, moods: [3]float64{85, 15, 0}, sites: asking},
	{rules: "press.chat", perDay: 70, weekend: 0.6, when: office, moods: [3]float64{0, 1, 0}, sites: press},
	{rules: "press.bus", topic: TopicBus, perDay: 14, weekend: 0.5, when: office, moods: [3]float64{0, 1, 0}, sites: press},
	{rules: "press.school", topic: TopicSchool, perDay: 12, weekend: 0.4, when: office, moods: [3]float64{0, 1, 0}, sites: press},
	{rules: "press.tap", topic: TopicWater, perDay: 1, weekend: 0.5, when: office, moods: [3]float64{0, 1, 0}, sites: press},
	{rules: "press.scenic", topic: TopicScenic, perDay: 5, weekend: 1, when: office, moods: [3]float64{0, 1, 0}, sites: press},
	{rules: "hall.chat", perDay: 14, weekend: 0.3, when: office, moods: [3]float64{0, 1, 0}, sites: hall},
	{rules: "hall.bus", topic: TopicBus, perDay: 2, weekend: 0.3, when: office, moods: [3]float64{0, 1, 0}, sites: hall},
	{rules: "hall.school", topic: TopicSchool, perDay: 1.5, weekend: 0.2, when: office, moods: [3]float64{0, 1, 0}, sites: hall},
	{rules: "hall.tap", topic: TopicWater, perDay: 0.5, weekend: 0.3, when: office, moods: [3]float64{0, 1, 0}, sites: hall},
}

// The programme: its first words at 20:00, its talk from a little before.
const (
	programmeAt     = 20 * 60
	programmeLength = 105
)

// hours is a rhythm given at the full hours and linear between them.
type hours [24]float64

func (h *hours) at(minute int) float64 {
	i, f := minute/60%24, float64(minute%60)/60
	return h[i]*(1-f) + h[(i+1)%24]*f
}

var (
	dailyHours  = hours{55, 32, 18, 11, 9, 14, 34, 66, 92, 112, 124, 128, 122, 112, 104, 106, 108, 112, 118, 126, 138, 146, 132, 92}
	commuteHour = hours{12, 4, 2, 2, 4, 22, 120, 260, 210, 110, 84, 82, 86, 82, 78, 84, 112, 220, 250, 150, 92, 76, 48, 26}
	schoolHours = hours{14, 6, 3, 2, 3, 12, 80, 190, 130, 86, 84, 110, 126, 90, 78, 110, 200, 210, 150, 160, 190, 170, 96, 38}
	officeHours = hours{3, 1, 1, 1, 1, 4, 18, 70, 170, 230, 220, 170, 90, 100, 180, 200, 190, 150, 90, 60, 40, 28, 14, 6}
)

func daily(minute int) float64     { return dailyHours.at(minute) }
func commute(minute int) float64   { return commuteHour.at(minute) }
func schoolDay(minute int) float64 { return schoolHours.at(minute) }
func office(minute int) float64    { return officeHours.at(minute) }

// evening is the rhythm of the programme: a little talk all day, more and more from
// an hour before, the show, the verdict near its end, and an afterglow.
func evening(minute int) float64 {
	after := minute - programmeAt
	base := 0.06 * dailyHours.at(minute)
	switch {
	case after < -60:
		return base
	case after < 15:
		return base + 1000*float64(after+60)/75
	case after < 75:
		return base + 1000
	case after < programmeLength:
		return base + 1200
	case after < programmeLength+75:
		return base + 1200*float64(programmeLength+75-after)/75
	}
	return base
}

// spoken is a scene made ready to talk.
type spoken struct {
	*scene
	rate   [2][1440]float32 // posts a minute on weekdays and at weekends
	body   [3]ruleID
	title  [3]ruleID // -1: none
	moods  [3]float64
	labels [3]Label
}

var meant = [3]crisis.Mood{crisis.Negative, crisis.Neutral, crisis.Positive}

// stage is the scenes with their words and their rates, made once.
var stage = sync.OnceValue(func() []spoken {
	g := speech()
	out := make([]spoken, len(scenes))
	for i := range scenes {
		s := &out[i]
		s.scene = &scenes[i]
		s.moods = scenes[i].moods
		total := 0.0
		for m := range 1440 {
			total += s.when(m)
		}
		for m := range 1440 {
			r := s.perDay * s.when(m) / total
			s.rate[0][m], s.rate[1][m] = float32(r), float32(r*s.weekend)
		}
		for k, end := range [3]string{".neg", ".neu", ".pos"} {
			s.labels[k] = Label{Topic: s.topic, Role: s.rules + end, Mood: meant[k]}
			s.body[k], s.title[k] = -1, -1
			if s.moods[k] > 0 {
				s.body[k] = g.must(s.rules + end)
				s.title[k] = g.maybe(s.rules + end + ".title")
			}
		}
	}
	return out
})

// must returns the rule called name; the package's own words have it.
func (g *grammar) must(name string) ruleID {
	id, ok := g.names[name]
	if !ok {
		panic("words: there is no rule " + name) // unreachable: TestWords makes every scene and role
	}
	return id
}

// maybe returns the rule called name, or -1.
func (g *grammar) maybe(name string) ruleID {
	if id, ok := g.names[name]; ok {
		return id
	}
	return -1
}

// roles are the parts that are played in what happens once.
var roles = []Label{
	{TopicWater, "water.complaint", crisis.Negative},
	{TopicWater, "water.ask", crisis.Neutral},
	{TopicWater, "water.child", crisis.Negative},
	{TopicWater, "water.hotline", crisis.Negative},
	{TopicWater, "water.help", crisis.Negative},
	{TopicWater, "water.rumour", crisis.Negative},
	{TopicWater, "water.anger", crisis.Negative},
	{TopicWater, "water.calm", crisis.Neutral},
	{TopicWater, "water.relief", crisis.Positive},
	{TopicWater, "water.cause", crisis.Negative},
	{TopicWater, "water.repost", crisis.Negative},
	{TopicWater, "water.copy", crisis.Negative},
	{TopicWater, "water.flash", crisis.Neutral},
	{TopicWater, "water.report", crisis.Neutral},
	{TopicWater, "water.relay", crisis.Neutral},
	{TopicWater, "water.statement", crisis.Neutral},
	{TopicWater, "water.update", crisis.Neutral},
	{TopicWater, "water.result", crisis.Neutral},
	{TopicProperty, "flood", crisis.Negative},
}

// role is a place in roles.
type role uint8

// roleOf returns the role called name.
func roleOf(name string) role {
	return role(slices.IndexFunc(roles, func(l Label) bool { return l.Role == name }))
}
