package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// Press carries out a click on a message and returns what the person is told. The
// message may be days old and anybody may have made the click, so all of it is checked
// against the roster and the state: who it is, whether they see the incident and have the
// role for the act, as in the console, whether the step is there and open, and whether
// somebody was faster. Nothing is done twice: an error that wraps
// crisis.ErrRefused, or a *alerts.Wanted, says that nothing was done.
func (d *Daemon) Press(ctx context.Context, ch *Channel, c alerts.Click) (string, error) {
	p := presser{d: d, ch: ch, click: c}
	who := d.people.accountOf(ch, c.User)
	if who == nil {
		return p.stranger()
	}
	p.by = who.Name
	reply, err := p.press(ctx)
	if err == nil || errors.Is(err, crisis.ErrRefused) || errors.As(err, new(*alerts.Wanted)) {
		return reply, err
	}
	d.log.Error("press", zap.String("channel", ch.Name), zap.String("incident", c.Incident), zap.String("do", string(c.Do)), zap.Error(err))
	return p.say("没有记上：系统出错了。请稍后再点，或到处理页办理", "Nothing was recorded: the system has an error. Try again, or use the console"), err
}

// presser carries out one click.
type presser struct {
	d      *Daemon
	ch     *Channel
	click  alerts.Click
	by     string // the person, as in the timeline
	role   string // in the console
	in     crisis.Incident
	events []crisis.Event
}

// say chooses the words, marks a drill, and adds where to go on.
func (p *presser) say(zh, en string) string {
	words := p.d.prefer(zh, en)
	if p.in.Drill {
		words = p.d.prefer("【演练】", "[DRILL] ") + words
	}
	if link := p.d.page(p.in.ID); link != "" && p.in.ID != "" {
		words += p.d.prefer("：", ": ") + link
	}
	return words
}

// refuse says why nothing is done.
func (p *presser) refuse(zh, en string) (string, error) {
	return p.say(zh, en), fmt.Errorf("%w: %s", crisis.ErrRefused, en)
}

// stranger answers somebody whom the roster does not know, with the line that the
// administrator is to add. Nothing of the incident is told.
func (p *presser) stranger() (string, error) {
	p.d.log.Warn("press: a stranger", zap.String("channel", p.ch.Name), zap.String("user", p.click.User), zap.String("name", p.click.Name), zap.String("do", string(p.click.Do)))
	line := fmt.Sprintf("accounts: {%s: %s}", p.ch.KindName, p.click.User)
	return p.refuse(
		fmt.Sprintf("没有做任何改动：值班表里没有登记你的账号。请管理员在配置 people 里你的名下加上 %s，然后重新加载", line),
		fmt.Sprintf("Nothing was done: the roster does not know your account. Have the administrator add %s below your name under people, and reload", line))
}

var deeds = map[alerts.Deed]func(*presser, context.Context) (string, error){
	alerts.DeedDone: (*presser).done, alerts.DeedUndo: (*presser).undo, alerts.DeedAcknowledge: (*presser).acknowledge,
	alerts.DeedFalseAlarm: (*presser).falseAlarm, alerts.DeedRaise: (*presser).raise,
}

func (p *presser) press(ctx context.Context) (string, error) {
	do, ok := deeds[p.click.Do]
	if !ok {
		return p.refuse("没有做任何改动：这个按钮已不再使用", "Nothing was done: this button is not in use")
	}
	if found, err := p.look(ctx); err != nil {
		return "", err
	} else if !found {
		return p.refuse("没有做任何改动：没有这个事件", "Nothing was done: there is no such incident")
	}
	reply, err := do(p, ctx)
	if errors.Is(err, errRace) { // somebody was faster by a moment: now it can be said who
		if _, err := p.look(ctx); err != nil {
			return "", err
		}
		reply, err = do(p, ctx)
	}
	if errors.Is(err, errRole) {
		return p.refuse("没有做任何改动：这一步需要更高的权限，请有权限的人到处理页办理", "Nothing was done: this needs another role; somebody who has it can do it in the console")
	}
	if errors.Is(err, errRace) {
		return p.refuse("没有做任何改动：事件当前的状态不允许这样做，请到处理页查看", "Nothing was done: the state of the incident does not allow it; see the console")
	}
	return reply, err
}

// look reads the incident as it is, and what the person may do to it. One that is
// restricted to others is not there.
func (p *presser) look(ctx context.Context) (bool, error) {
	var in crisis.Incident
	seen := false
	err := p.d.store.View(ctx, func(tx *store.Tx) error {
		_, role, err := console.Acting(tx, p.by, p.d.clock.Now())
		if err != nil {
			return err
		}
		if p.role = role; p.d.open {
			p.role = "admin"
		}
		if in, p.events, err = tx.Incident(p.click.Incident); err != nil {
			return err
		}
		seen, err = seenBy(tx, &in, p.by, p.d.clock.Now())
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !seen {
		return false, nil
	}
	p.in = in
	return err == nil, err
}

// errRole is the refusal of an act for which the person has not the role.
var errRole = errors.New("another role is needed")

func (p *presser) permit(a crisis.Act) error {
	if !console.Permits(p.role, &p.in, &a) {
		return errRole
	}
	return nil
}

// errRace is the refusal of an act that the state seemed to allow.
var errRace = errors.New("the incident has moved")

func (p *presser) act(ctx context.Context, a crisis.Act) error {
	if err := p.permit(a); err != nil {
		return err
	}
	a.Incident, a.By = p.in.ID, p.by
	in, err := p.d.Act(ctx, a)
	if errors.Is(err, crisis.ErrRefused) {
		return fmt.Errorf("%w: %w", errRace, err)
	}
	if err == nil {
		p.in = in
	}
	return err
}

// moment is a time in the organisation's zone.
func (p *presser) moment(t time.Time) string {
	return t.In(p.d.cfg.Zoned()).Format(p.d.prefer("1月2日15:04", "2 Jan 15:04"))
}

// touched returns the last event by which somebody settled or reopened the step.
func (p *presser) touched() *crisis.Event {
	kinds := []crisis.EventKind{crisis.EventStepDone, crisis.EventStepReopened, crisis.EventStepSkipped}
	for i := range slices.Backward(p.events) {
		e := &p.events[i]
		var t crisis.Tick
		if slices.Contains(kinds, e.Kind) && json.Unmarshal(e.Data, &t) == nil && t.Plan == p.click.Plan && t.Step == p.click.Step {
			return e
		}
	}
	return nil
}

// since returns the last event of a kind that the message did not know; nil if it knew all.
func (p *presser) since(kind crisis.EventKind) *crisis.Event {
	for i := range slices.Backward(p.events) {
		if e := &p.events[i]; e.Kind == kind && e.Seq > p.click.Seq {
			return e
		}
	}
	return nil
}

// step finds the step of the click; nil with the words for why there is none.
func (p *presser) step() (s *crisis.StepState, title, reply string, err error) {
	s = p.in.Step(p.click.Plan, p.click.Step)
	if s == nil || s.Dropped {
		reply, err = p.refuse("没有做任何改动：预案里已没有这一步", "Nothing was done: the plan has this step no longer")
		return nil, "", reply, err
	}
	return s, alerts.Clean(p.d.prefer(s.Title, s.TitleEN), 60), "", nil
}

// done ticks the step. One that repeats may be ticked again, but not from a message
// that did not know of the last tick.
func (p *presser) done(ctx context.Context) (string, error) {
	s, title, reply, err := p.step()
	if err != nil {
		return reply, err
	}
	tick := crisis.Act{Kind: crisis.EventStepDone, Plan: s.Plan, Step: s.ID, Note: p.click.Note, Link: linkIn(p.click.Note)}
	last := p.touched()
	stale := last != nil && last.Seq > p.click.Seq
	switch {
	case s.Skipped:
		return p.refuse(fmt.Sprintf("“%s”已由%s标为不适用（%s）", title, s.DoneBy, p.moment(s.DoneAt)), fmt.Sprintf("%q was left out by %s (%s)", title, s.DoneBy, p.moment(s.DoneAt)))
	case s.Done && (stale || len(s.RepeatEvery) == 0 && s.From != crisis.FromPromise):
		return p.refuse(fmt.Sprintf("“%s”已由%s完成（%s），没有重复记", title, s.DoneBy, p.moment(s.DoneAt)), fmt.Sprintf("%q was done by %s (%s); it is not recorded twice", title, s.DoneBy, p.moment(s.DoneAt)))
	case stale:
		return p.refuse(fmt.Sprintf("“%s”刚由%s重新打开，请在更新后的消息里再点", title, last.Actor), fmt.Sprintf("%q was just reopened by %s; press the button of the updated message", title, last.Actor))
	case p.permit(tick) != nil: // before anybody fills in a form for it
		return "", errRole
	case s.Ask != "" && strings.TrimSpace(p.click.Note) == "":
		return p.say(fmt.Sprintf("没有勾选：“%s”要登记“%s”，请写明后再点，或到处理页办理", title, s.Ask), fmt.Sprintf("Not ticked: %q asks for a record (%s); write it and press again, or use the console", title, s.Ask)), &alerts.Wanted{Title: title, Ask: s.Ask}
	}
	if err := p.act(ctx, tick); err != nil {
		return "", err
	}
	all, ticked := p.in.Checklist(), 0
	for _, s := range all {
		if s.Done {
			ticked++
		}
	}
	return p.say(fmt.Sprintf("已记入时间线：“%s”由%s完成。进度 %d/%d", title, p.by, ticked, len(all)), fmt.Sprintf("In the timeline: %q done by %s. Progress %d/%d", title, p.by, ticked, len(all))), nil
}

var address = regexp.MustCompile(`https?://[^\s<>"|，。；）]+`)

// linkIn is the first web address of a note: the evidence, if it has one.
func linkIn(note string) string {
	u, err := url.Parse(address.FindString(note))
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

func (p *presser) undo(ctx context.Context) (string, error) {
	s, title, reply, err := p.step()
	if err != nil {
		return reply, err
	}
	if !s.Done {
		return p.refuse(fmt.Sprintf("“%s”本来就没有勾选", title), fmt.Sprintf("%q is not ticked", title))
	}
	if err := p.act(ctx, crisis.Act{Kind: crisis.EventStepReopened, Plan: s.Plan, Step: s.ID}); err != nil {
		return "", err
	}
	return p.say(fmt.Sprintf("已撤销：“%s”恢复为未完成", title), fmt.Sprintf("Taken back: %q is open again", title)), nil
}

// leads says in words why the person may not lead the incident; "" if they may.
func (p *presser) leads() (zh, en string) {
	switch {
	case !p.in.Open():
		return fmt.Sprintf("没有做任何改动：事件已于%s结案", p.moment(p.in.Closed)), fmt.Sprintf("Nothing was done: the incident was closed (%s)", p.moment(p.in.Closed))
	case p.in.IsRecused(p.by):
		return "没有做任何改动：你已回避本事件", "Nothing was done: you are recused from this incident"
	}
	return "", ""
}

// acknowledge takes the incident when nobody has it. From one who has it, it is handed
// over in the console.
func (p *presser) acknowledge(ctx context.Context) (string, error) {
	if zh, en := p.leads(); zh != "" {
		return p.refuse(zh, en)
	}
	switch p.in.Holder {
	case "":
	case p.by:
		return p.refuse("你已经在处理", "You have it already")
	default:
		return p.refuse(fmt.Sprintf("%s已在处理（%s）；要接手请到处理页办交接", p.in.Holder, p.moment(p.in.Acknowledged)), fmt.Sprintf("%s has it (%s); to take over, use the console", p.in.Holder, p.moment(p.in.Acknowledged)))
	}
	if err := p.act(ctx, crisis.Act{Kind: crisis.EventAcknowledged}); err != nil {
		return "", err
	}
	return p.say(fmt.Sprintf("已记入时间线：由%s处理", p.by), fmt.Sprintf("In the timeline: %s has it", p.by)), nil
}

// regraded refuses to lead by a message that did not know of the last change of level.
func (p *presser) regraded() (string, error) {
	e := p.since(crisis.EventLevel)
	if e == nil {
		return "", nil
	}
	level := p.d.prefer(fmt.Sprintf("没有做任何改动：级别已于%s调整，现在是%s级；请看更新后的消息再决定", p.moment(e.At), roman(p.in.Level())),
		fmt.Sprintf("Nothing was done: the level was changed (%s) and is %s; decide by the updated message", p.moment(e.At), p.in.Level()))
	return p.refuse(level, level)
}

// falseAlarm judges what opened the incident to be noise, and closes it.
func (p *presser) falseAlarm(ctx context.Context) (string, error) {
	if zh, en := p.leads(); zh != "" {
		return p.refuse(zh, en)
	}
	if reply, err := p.regraded(); err != nil {
		return reply, err
	}
	if n := len(p.in.OpenPromises()); n > 0 {
		return p.refuse(fmt.Sprintf("没有结案：还有 %d 项向公众作出的承诺没有兑现，请到处理页办理", n), fmt.Sprintf("Not closed: %d promises to the public are still open; see the console", n))
	}
	if err := p.permit(crisis.Act{Kind: crisis.EventClosed}); err != nil { // or it would be judged and not closed
		return "", err
	}
	note := fmt.Sprintf(p.d.prefer("误报（在 %s 的消息里判定）", "False alarm (judged on a message of %s)"), p.ch.Name)
	if !p.in.Drill && p.in.Verdict != crisis.VerdictNoise { // a drill is not judged
		if err := p.act(ctx, crisis.Act{Kind: crisis.EventVerdict, Verdict: crisis.VerdictNoise, Note: note}); err != nil {
			return "", err
		}
	}
	if err := p.act(ctx, crisis.Act{Kind: crisis.EventClosed, Note: note}); err != nil {
		return "", err
	}
	return p.say(fmt.Sprintf("已记入时间线：%s判为误报并结案；要改判或重新打开请到处理页", p.by), fmt.Sprintf("In the timeline: %s judged it a false alarm and closed it; the console can reopen it", p.by)), nil
}

// roman is a level as Chinese documents write it.
func roman(l crisis.Level) string {
	if l < crisis.LevelI || l > crisis.LevelIV {
		return "未定"
	}
	return []string{"Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"}[l-1]
}

// raise makes the opinion level one graver than the response level is. The event level,
// which says what harm was done, is not raised by a click.
func (p *presser) raise(ctx context.Context) (string, error) {
	if zh, en := p.leads(); zh != "" {
		return p.refuse(zh, en)
	}
	if reply, err := p.regraded(); err != nil {
		return reply, err
	}
	next := crisis.LevelIV
	switch level := p.in.Level(); level {
	case crisis.LevelNone:
	case crisis.LevelI:
		return p.refuse("已经是最高的Ⅰ级", "It is level I, the gravest, already")
	default:
		next = level - 1
	}
	note := fmt.Sprintf(p.d.prefer("%s在 %s 的消息里提级", "%s raised it on a message of %s"), p.by, p.ch.Name)
	if err := p.act(ctx, crisis.Act{Kind: crisis.EventLevel, Opinion: next, Note: note}); err != nil {
		return "", err
	}
	return p.say(fmt.Sprintf("已提为%s级，有关人员会收到通知；理由请到处理页补记", roman(next)), fmt.Sprintf("Raised to level %s, those concerned are told; add the reason in the console", next)), nil
}
