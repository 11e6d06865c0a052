package alerts

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"watchfire/crisis"
)

// What ntfy takes (https://docs.ntfy.sh/publish/#limitations).
const (
	ntfyMessage = 4096 // bytes; what is longer becomes a file that nobody opens at night
	ntfyActions = 3
)

// Ntfy publishes alerts on a topic of an ntfy server, for the phones that subscribe
// to it. The same alert carries the same sequence number, so that a second copy
// takes the place of the first.
type Ntfy struct {
	Server  string        `yaml:"server" doc:"address of the server, such as https://ntfy.example.com; on the public ntfy.sh whoever guesses the topic reads along"`
	Topic   crisis.Secret `yaml:"topic" doc:"name of the topic, up to 64 letters, digits, - and _; treated as a secret"`
	Token   crisis.Secret `yaml:"token" doc:"access token, tk_…; empty: the topic is open"`
	Edit    bool          `yaml:"edit" doc:"bring the notification of an incident up to date without a sound; false for servers before ntfy 2.16, which show a further one"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for an answer"`

	// Now replaces the clock by which a daily quota ends; nil is the time of day.
	Now func() time.Time `yaml:"-"`
}

// ntfyName is what a topic and a sequence number may look like.
var ntfyName = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

// Check implements Channel.
func (n *Ntfy) Check() error {
	var errs []error
	if !isWeb(n.Server) {
		errs = append(errs, errors.New("server: write an address such as https://ntfy.example.com"))
	}
	if !ntfyName.MatchString(n.Topic.Reveal()) {
		errs = append(errs, errors.New("topic: write 1 to 64 letters, digits, - and _, hard to guess"))
	}
	if n.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

// Send publishes the alert as a notification of its own.
func (n *Ntfy) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	sum := sha256.Sum256([]byte(a.ID))
	return n.publish(ctx, a, hex.EncodeToString(sum[:12]))
}

// Update puts the alert in the place of the notification ref, without a sound.
func (n *Ntfy) Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	if !n.Edit {
		return Receipt{Detail: "notifications are not edited"}, nil
	}
	if !ntfyName.MatchString(ref) {
		return Receipt{}, fmt.Errorf("edit notification %q: %w", ref, ErrLost)
	}
	return n.publish(ctx, a, ref)
}

// Limits implements Limiter: a burst of 60 requests, then one per five seconds.
func (n *Ntfy) Limits() []Rate { return []Rate{{60, 5 * time.Minute}} }

// ntfyPost is the body of ntfy's publishing as JSON.
type ntfyPost struct {
	Topic    string       `json:"topic"`
	Title    string       `json:"title"`
	Message  string       `json:"message"`
	Priority int          `json:"priority"`
	Tags     []string     `json:"tags,omitempty"`
	Click    string       `json:"click,omitempty"`
	Actions  []ntfyAction `json:"actions,omitempty"`
	Sequence string       `json:"sequence_id"`
}

type ntfyAction struct {
	Action string `json:"action"`
	Label  string `json:"label"`
	URL    string `json:"url"`
}

// publish sends an alert, and once more in short form if the server finds it too large.
func (n *Ntfy) publish(ctx context.Context, a crisis.Alert, sequence string) (Receipt, error) {
	p := ntfyOf(a)
	p.Topic, p.Sequence = n.Topic.Reveal(), sequence
	err := n.post(ctx, p, a.Lang)
	if errors.Is(err, errForm) {
		p.Message, p.Actions = FitBytes(Short(a), webAddress(a.Link), ntfyMessage), nil
		err = n.post(ctx, p, a.Lang)
	}
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Ref: sequence}, nil
}

func (n *Ntfy) post(ctx context.Context, p ntfyPost, lang string) error {
	r := request{
		chat: "ntfy", method: http.MethodPost, url: n.Server, bearer: n.Token.Reveal(), body: p, lang: lang, timeout: n.Timeout,
		secrets: []string{n.Token.Reveal(), n.Topic.Reveal()}, now: clockOf(n.Now),
	}
	resp, err := r.do(ctx)
	if err != nil {
		return err
	}
	return n.class(r, resp)
}

// What a person can do when an ntfy server refuses.
var (
	ntfyAccess = fix{"令牌无效，或无权向该主题发布：在 ntfy 服务器上换新令牌，或给该用户开写权限", "the token is wrong or may not write to the topic: make another one on the ntfy server, or give its user write access"}
	ntfyTopic  = fix{"主题名不可用：改用字母、数字、- 和 _ 组成的名称", "the topic cannot be used: choose a name of letters, digits, - and _"}
	ntfyLarge  = fix{"缩到最短服务器仍不接收：请 ntfy 管理员调大 message-size-limit", "the server does not take the message even in short form: ask its administrator to raise message-size-limit"}
)

// class sorts an answer by ntfy's own code, and by the status where there is none.
func (n *Ntfy) class(r request, resp response) error {
	var said struct {
		ID    string `json:"id"`
		Code  int    `json:"code"`
		Error string `json:"error"`
	}
	byStatus := ofAnswer(resp, r.now, r.lang)
	if byStatus == nil && (json.Unmarshal(resp.body, &said) != nil || said.ID == "") { // ntfy names what it took
		return &Later{Err: fmt.Errorf("ntfy answered %d without the id of a notification", resp.status)}
	}
	if byStatus == nil || json.Unmarshal(resp.body, &said) != nil || said.Code == 0 {
		return byStatus
	}
	err := fmt.Errorf("ntfy answered %d: %s", said.Code, hush(said.Error, r.secrets))
	refused := func(f fix) error { return &Refused{Fix: f.in(r.lang), Err: err} }
	switch {
	case said.Code == 42908: // the daily quota begins anew at midnight, UTC
		day := r.now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		return &Later{After: max(day.Sub(r.now), time.Minute), Err: err}
	case said.Code/100 == 429: // after the burst, one request per five seconds
		return &Later{After: max(retryAfter(resp.header, r.now), 10*time.Second), Err: err}
	case said.Code/100 == 401, said.Code/100 == 403:
		return refused(ntfyAccess)
	case said.Code == 40009, said.Code == 40010:
		return refused(ntfyTopic)
	case said.Code/100 == 413, said.Code == 40014: // too long a message became a file, and files are not taken
		return &Refused{Fix: ntfyLarge.in(r.lang), Err: fmt.Errorf("%w: %w", errForm, err)}
	case said.Code >= 50000:
		return &Later{After: retryAfter(resp.header, r.now), Err: err}
	case said.Code/100 == 404:
		return refused(fixGone)
	}
	return refused(fixUnknown)
}

// ntfyOf puts an alert into the form of a notification.
func ntfyOf(a crisis.Alert) ntfyPost {
	p := ntfyPost{Title: Headline(a), Priority: priority(a), Tags: ntfyTags(a), Click: webAddress(a.Link)}
	link := func(label fix, address string) {
		if u := webAddress(address); u != "" && len(p.Actions) < ntfyActions {
			p.Actions = append(p.Actions, ntfyAction{"view", label.in(a.Lang), u})
		}
	}
	var told []crisis.TapLink
	for _, x := range a.Taps { // acts that a button does need no line of their own
		label := fix{"签收", "Acknowledge"}
		if x.Do == crisis.TapDone {
			label = fix{"办完", "Done"}
		}
		n := len(p.Actions)
		if n < ntfyActions-1 {
			link(label, x.URL)
		}
		if len(p.Actions) == n {
			told = append(told, x)
		}
	}
	a.Taps = told
	link(fix{"处理", "Open"}, a.Link)
	if a.Ask != nil {
		link(fix{"原文", "Original"}, a.Ask.Link)
	}
	for i, e := range a.Evidence {
		link(fix{fmt.Sprintf("证据%d", i+1), fmt.Sprintf("Evidence %d", i+1)}, e.URL)
	}
	for p.Message = afterHeadline(a); len(p.Message) > ntfyMessage; p.Message = afterHeadline(a) {
		shorter, ok := less(a)
		if !ok {
			break
		}
		a = shorter
	}
	p.Message = FitBytes(p.Message, "", ntfyMessage)
	return p
}

// afterHeadline is the text of an alert below its first line, or all there is.
func afterHeadline(a crisis.Alert) string {
	text := Text(a)
	if _, rest, ok := strings.Cut(text, "\n"); ok {
		return rest
	}
	return text
}

// priority says how loudly a phone rings: 5 till somebody looks, 3 once, 1 not at all.
func priority(a crisis.Alert) int {
	const silent, quiet, usual, loud, loudest = 1, 2, 3, 4, 5
	switch a.Kind {
	case crisis.AlertUpdate:
		return silent
	case crisis.AlertClosed, crisis.AlertQuiet, crisis.AlertSight, crisis.AlertDigest:
		return quiet
	case crisis.AlertAlive:
		if a.Alive != nil && (a.Alive.Seeing < a.Alive.Sources || a.Alive.Stuck > 0) {
			return usual
		}
		return quiet
	case crisis.AlertTest:
		return usual
	}
	switch {
	case a.Drill:
		return usual
	case a.Kind == crisis.AlertRescue, a.Level == crisis.LevelI:
		return loudest
	case a.Level == crisis.LevelII, a.Kind == crisis.AlertBlind, a.Kind == crisis.AlertEscalated:
		return loud
	}
	return usual
}

// ntfyTags are the pictures before the title, by their short codes.
func ntfyTags(a crisis.Alert) []string {
	switch {
	case a.Kind == crisis.AlertClosed, a.Kind == crisis.AlertSight:
		return []string{"white_check_mark"}
	case a.Drill:
		return []string{"performing_arts"}
	case a.Kind == crisis.AlertRescue:
		return []string{"sos"}
	case a.Kind == crisis.AlertBlind:
		return []string{"warning"}
	}
	color, ok := map[crisis.Level]string{
		crisis.LevelI: "red_circle", crisis.LevelII: "orange_circle", crisis.LevelIII: "yellow_circle", crisis.LevelIV: "large_blue_circle",
	}[a.Level]
	if !ok {
		return nil
	}
	return []string{color}
}
