package town

import (
	"bytes"
	"math"
	"strconv"
	"sync"
	"time"

	"watchfire/crisis"
)

// lines are the rules of the plot's roles, and the words around what is repeated.
type lines struct {
	body, title []ruleID     // by role
	open, close [3]ruleID    // by mood: how posts of people begin and end
	letter      [2][3]ruleID // by mood: how letters begin and end
	spot, tail  ruleID
	areas       [len(areas)]ruleID
	forward     ruleID
	floodTail   ruleID
	names       [siteCount][]string
	repost      role
	copied      role
	flood       role
}

// script is the lines, made once.
var script = sync.OnceValue(func() *lines {
	g := speech()
	l := &lines{
		spot: g.must("spot"), tail: g.must("water.copy.tail"), forward: g.must("fwd"), floodTail: g.must("flood.tail"),
		repost: roleOf("water.repost"), copied: roleOf("water.copy"), flood: roleOf("flood"),
	}
	for _, r := range roles {
		l.body = append(l.body, g.must(r.Role))
		l.title = append(l.title, g.maybe(r.Role+".title"))
	}
	for i, mood := range [3]string{"neg", "neu", "pos"} {
		l.open[i], l.close[i] = g.must("open."+mood), g.must("close."+mood)
		l.letter[0][i], l.letter[1][i] = g.must("open.voice."+mood), g.must("close.voice."+mood)
	}
	for i, a := range areas {
		l.areas[i] = g.must(a)
	}
	head, core := g.rules[g.must("nick.head")].forms, g.rules[g.must("nick.core")].forms
	for i := range sites {
		l.names[i] = desks[i]
		if len(desks[i]) > 0 {
			continue
		}
		l.names[i] = make([]string, sites[i].authors)
		for n := range l.names[i] {
			d := roll(uint64(i), uint64(n))
			l.names[i][n] = head[d.n(len(head))][0].text + core[d.n(len(core))][0].text + strconv.Itoa(n+10)
		}
	}
	return l
})

// numbers are the authors' numbers on the micro-blog, as its interface shows them.
var numbers = sync.OnceValue(func() []string {
	out := make([]string, sites[micro].authors)
	for i := range out {
		out[i] = strconv.Itoa(100000 + i*37)
	}
	return out
})

// write finds the words of the k-th post of its minute. Address, number, title and
// text are parts of one string, which is the only thing that is allocated.
func (w *walker) write(s sprout, k int) (crisis.Post, Label) {
	p := crisis.Post{Source: sites[s.site].name, Kind: sites[s.site].kind, Lang: "zh", Precision: crisis.PrecisionSecond, Published: time.Unix(s.at, 0).UTC()}
	w.text = append(w.text[:0], w.bases[s.site]...)
	w.text = append(w.text, sites[s.site].path...)
	from := len(w.text)
	w.text = strconv.AppendInt(w.text, number(s, k), 10)
	to := len(w.text)
	w.text = append(w.text, sites[s.site].tail...)
	address := len(w.text)
	w.begin(s)
	d := dice{s.dice}
	w.repeated = 0
	w.body(s, &d, repeats(s))
	title, text := w.title(s, &d, span{address, len(w.text)})
	all := string(w.text)
	p.URL, p.ID, p.Title, p.Text = all[:address], all[from:to], all[title.from:title.to], all[text.from:text.to]
	switch {
	case s.site == forum:
		p.ID = p.URL // the reader of lists knows no other
	case sites[s.site].urn != "":
		p.ID = sites[s.site].urn + p.ID
	}
	if w.repeated != 0 {
		p.RepostOf = strconv.FormatInt(w.repeated, 10)
	}
	author := w.author(s)
	p.Author = script().names[s.site][author]
	if s.site == micro {
		p.Author = numbers()[author]
		p.Metrics = metrics(s)
	}
	return p, w.label(s)
}

// span is a part of walker.text.
type span struct{ from, to int }

// titleEnd ends the title in the words of press and city.
const titleEnd = "‖"

// title returns the title and what is left of the text. Press and city write both
// in one; people repeat how their text begins, or write a title of its own.
func (w *walker) title(s sprout, d *dice, text span) (span, span) {
	switch s.site {
	case micro:
		return span{}, text
	case news, notice:
		if i := bytes.Index(w.text[text.from:text.to], []byte(titleEnd)); i >= 0 {
			return span{text.from, text.from + i}, span{text.from + i + len(titleEnd), text.to}
		}
	}
	own := 0.1
	if s.beat >= 0 {
		own = 0.65
	}
	if !d.chance(own) {
		if clause, ok := w.clause(span{w.opened, text.to}); ok {
			return clause, text
		}
	}
	w.text = w.g.say(w.text, w.titleRule(s), d, &w.memory)
	return span{text.to, len(w.text)}, text
}

func (w *walker) titleRule(s sprout) ruleID {
	if s.beat >= 0 {
		return script().title[w.t.plot[s.beat].role]
	}
	return w.stage[s.scene].title[s.mood]
}

// clause returns the first words up to a comma or full stop, if they make a title.
func (w *walker) clause(text span) (span, bool) {
	const short, long = 5 * 3, 22 * 3 // nearly every character has three bytes
	end := bytes.IndexAny(w.text[text.from:text.to], "，。！？：…[")
	return span{text.from, text.from + end}, end >= short && end <= long
}

// number is the number of the k-th post of its minute in the addresses of its site.
func number(s sprout, k int) int64 { return s.at/60*room + int64(k) }

// begin forgets the last post, and settles where the author of this one lives.
func (w *walker) begin(s sprout) {
	w.memory.n = 0
	if s.beat < 0 {
		return
	}
	l := script()
	d := dice{s.dice ^ 0x5bd1e995}
	start := len(w.text)
	w.text = w.g.say(w.text, l.areas[w.t.plot[s.beat].area], &d, &w.memory)
	w.memory.keep(l.spot, w.text[start:])
	w.text = w.text[:start]
}

func (w *walker) label(s sprout) Label {
	if s.beat >= 0 {
		return roles[w.t.plot[s.beat].role]
	}
	return w.stage[s.scene].labels[s.mood]
}

// body appends the text; again says that it repeats another post.
func (w *walker) body(s sprout, d *dice, again bool) {
	l := script()
	switch {
	case s.beat >= 0 && w.t.plot[s.beat].role == l.flood:
		w.flood(d)
	case s.beat >= 0 && w.t.plot[s.beat].parent >= 0:
		w.echo(s, d)
	case s.beat >= 0:
		w.speak(s, l.body[w.t.plot[s.beat].role], d)
	case again:
		w.forward(s, d)
	default:
		w.speak(s, w.stage[s.scene].body[s.mood], d)
	}
}

// speak says words of a rule as people of that site and mood begin and end them.
func (w *walker) speak(s sprout, id ruleID, d *dice) {
	l, mood := script(), moodOf(w.label(s).Mood)
	first, last := l.open[mood], l.close[mood]
	switch s.site {
	case news, notice:
		w.opened = len(w.text)
		w.text = w.g.say(w.text, id, d, &w.memory)
		return
	case voice:
		if d.chance(0.6) {
			first = l.letter[0][mood]
		}
		if d.chance(0.5) {
			last = l.letter[1][mood]
		}
	}
	w.text = w.g.say(w.text, first, d, &w.memory)
	w.opened = len(w.text)
	w.text = w.g.say(w.text, id, d, &w.memory)
	if s.site != micro && w.label(s).Topic != "" && d.chance(0.35) {
		w.more(id, d)
	}
	w.text = w.g.say(w.text, last, d, &w.memory)
}

// more adds a second sentence, unless it would begin like the first.
func (w *walker) more(id ruleID, d *dice) {
	end := len(w.text)
	if !bytes.HasSuffix(w.text, []byte("？")) && !bytes.HasSuffix(w.text, []byte("！")) {
		w.text = append(w.text, "。"...)
	}
	second := len(w.text)
	w.text = w.g.say(w.text, id, d, &w.memory)
	const alike = 12
	if len(w.text)-second < alike || bytes.HasPrefix(w.text[w.opened:], w.text[second:second+alike]) {
		w.text = w.text[:end]
	}
}

func moodOf(m crisis.Mood) int {
	switch m {
	case crisis.Negative:
		return 0
	case crisis.Positive:
		return 2
	}
	return 1
}

// repeats says whether a post of ordinary life is one of the few that repeat another.
func repeats(s sprout) bool {
	d := dice{s.dice ^ 0x85ebca6b}
	return s.site == micro && s.beat < 0 && d.chance(0.12)
}

// forward repeats a post about the same from the hour before; when there is none,
// it says something of its own.
func (w *walker) forward(s sprout, d *dice) {
	w.earlier = w.sprouts(w.earlier[:0], s.at/60-1-int64(d.n(45)))
	for k, e := range w.earlier {
		if e.site != micro || e.scene != s.scene || e.mood != s.mood || e.beat >= 0 || repeats(e) {
			continue
		}
		w.text = w.g.say(w.text, script().forward, d, &w.memory)
		w.quote(e, k)
		return
	}
	w.speak(s, w.stage[s.scene].body[s.mood], d)
}

// quote appends a post of the micro-blog as reposts show it.
func (w *walker) quote(e sprout, k int) {
	w.text = append(w.text, "//@"...)
	w.text = append(w.text, script().names[micro][w.author(e)]...)
	w.text = append(w.text, "："...)
	w.begin(e)
	d := dice{e.dice}
	w.body(e, &d, false)
	w.repeated = number(e, k)
}

// echo repeats an earlier post of the cascade, as a repost or as a near-copy.
func (w *walker) echo(s sprout, d *dice) {
	l, b := script(), &w.t.plot[s.beat]
	w.earlier = w.sprouts(w.earlier[:0], w.t.plot[b.parent].at/60)
	for k, e := range w.earlier {
		if e.beat != b.parent {
			continue
		}
		w.text = w.g.say(w.text, l.body[b.role], d, &w.memory)
		if b.role == l.repost {
			w.quote(e, k)
			return
		}
		w.begin(e)
		words := dice{e.dice}
		w.body(e, &words, false)
		w.text = w.g.say(w.text, l.tail, d, &w.memory)
		return
	}
	w.speak(s, l.body[0], d)
}

// flood says one of three things the wave says, with another tail.
func (w *walker) flood(d *dice) {
	same := roll(w.t.seed, chanceFlood, uint64(d.n(3)))
	l := script()
	w.text = w.g.say(w.text, l.body[l.flood], &same, &w.memory)
	w.text = w.g.say(w.text, l.floodTail, d, &w.memory)
}

// busiest is how many authors of a site share its front: none is in every minute.
const busiest = 30

// author picks who says it: on ordinary days a few say much, in a crisis many say
// something, and press and city sign with the name of a desk.
func (w *walker) author(s sprout) int {
	n := len(script().names[s.site])
	d := dice{s.dice ^ 0xc2b2ae35}
	u := d.float()
	switch {
	case s.site == notice && w.label(s).Topic == TopicWater:
		return 3
	case s.site == notice && w.label(s).Topic == TopicBus:
		return 2
	case s.site == notice && w.label(s).Topic == TopicSchool:
		return 1
	case s.site == news || s.site == notice:
		return int(u * float64(n))
	case s.beat < 0:
		if i := int(math.Pow(u, 2.4) * float64(n)); i >= busiest {
			return i
		}
		return d.n(busiest)
	case w.t.plot[s.beat].role == script().flood:
		return n - 1 - 211*int(w.t.plot[s.beat].voice)
	}
	return int((u + u*u) / 2 * float64(n))
}

// metrics are the counters that the micro-blog shows; a few posts have most.
func metrics(s sprout) crisis.Metrics {
	d := dice{s.dice ^ 0x27d4eb2f}
	u := 1 - d.float()
	heat := int64(min(1/(u*u), 40000))
	if s.beat < 0 {
		heat = int64(min(1/u, 900))
	}
	return crisis.Metrics{Replies: heat / 3, Shares: heat / 4, Likes: heat + int64(d.n(4)), Views: heat*40 + int64(d.n(90))}
}
