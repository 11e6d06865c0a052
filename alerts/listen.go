package alerts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// Deed is what a person does to an incident by a click on a message.
type Deed string

// The deeds.
const (
	DeedDone        Deed = "done"        // a step is done
	DeedUndo        Deed = "undo"        // it is not
	DeedAcknowledge Deed = "acknowledge" // the person has the incident
	DeedFalseAlarm  Deed = "false_alarm" // nothing was the matter
	DeedRaise       Deed = "raise"       // it is graver than we said
)

// Click is what a person did to a message. Everything in it was said by a provider,
// and the ids in it may be of a message that is days old: who carries it out checks
// all of it against the state.
type Click struct {
	ID                   string // the provider's id of the event, for dropping copies
	User                 string // the provider's id of the person
	Name                 string // what the provider calls the person
	Incident, Plan, Step string
	Do                   Deed
	Seq                  int    // the last event that the message knew; 0 when it does not say
	Note                 string // what the person wrote: the record that a step asks for
}

// Hear carries out a click and returns what the person is told. The error says why
// nothing was done; of *Wanted the same click with a note may do.
type Hear func(ctx context.Context, c Click) (reply string, err error)

// Listener is a channel whose messages have buttons. Listen hears the clicks until ctx
// ends, when it returns the error of ctx, or until it cannot go on: then it is to be
// called again after a while, after *Refused not before a person has changed something.
// A channel that is not configured to listen returns nil at once.
//
// The clicks that the provider was told we have are carried out before Listen returns.
// What goes wrong by the way is noted; nil is noted when the connection stands, and an
// error that wraps ErrDeaf while it does not. Lang is that of the alerts.
type Listener interface {
	Listen(ctx context.Context, lang string, hear Hear, note func(error)) error
}

// Buttoned says whether a channel is configured so that its messages have buttons.
func Buttoned(c Channel) bool {
	b, ok := c.(interface{ buttoned() bool })
	return ok && b.buttoned()
}

// ErrDeaf is wrapped by what is noted while there is no connection to hear clicks by.
var ErrDeaf = errors.New("clicks are not heard")

// Wanted says that a step is ticked with a record only, and what is to be recorded.
type Wanted struct {
	Title string // of the step
	Ask   string
}

// Error implements error.
func (w *Wanted) Error() string { return fmt.Sprintf("step %q asks for a record: %s", w.Title, w.Ask) }

const (
	// mostSteps is how many steps of an alert have a button.
	mostSteps = 20
	// mostID is the longest id that a button may name.
	mostID = 120
	// mostNote is the longest note of a click, in characters, as in the console.
	mostNote = 2000
)

// knob is what a button carries: ids, and no more.
type knob struct {
	Do       Deed   `json:"do"`
	Incident string `json:"in"`
	Plan     string `json:"plan,omitempty"`
	Step     string `json:"step,omitempty"`
	Seq      int    `json:"seq,omitempty"`
}

// knobOf reads what a button carried. What we never wrote is an error.
func knobOf(text []byte) (knob, error) {
	var k knob
	if err := json.Unmarshal(text, &k); err != nil {
		return knob{}, errors.New("the button carries nothing of ours")
	}
	stepwise := k.Do == DeedDone || k.Do == DeedUndo
	switch k.Do {
	case DeedDone, DeedUndo, DeedAcknowledge, DeedFalseAlarm, DeedRaise:
	default:
		return knob{}, errors.New("the button carries no deed of ours")
	}
	for _, id := range []string{k.Incident, k.Plan, k.Step} {
		if !idLike(id) {
			return knob{}, errors.New("the button carries what is no id")
		}
	}
	if k.Incident == "" || (k.Plan != "") != stepwise || (k.Step != "") != stepwise || k.Seq < 0 {
		return knob{}, errors.New("the button does not say what it is for")
	}
	return k, nil
}

func idLike(s string) bool {
	if len(s) > mostID || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

func (k knob) String() string {
	b, err := json.Marshal(k)
	if err != nil { // unreachable: strings and a number
		return ""
	}
	return string(b)
}

// click is the click on the button, by somebody, with the note.
func (k knob) click(id, user, name, note string) Click {
	return Click{
		ID: id, User: Clean(user, mostID), Name: Clean(name, 60), Note: noteOf(note),
		Incident: k.Incident, Plan: k.Plan, Step: k.Step, Do: k.Do, Seq: k.Seq,
	}
}

// noteOf is what a person wrote, its lines kept, without what cannot be shown.
func noteOf(s string) string {
	var out []rune
	for _, r := range s {
		if len(out) == mostNote {
			break
		}
		if r == '\n' || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) && r != utf8.RuneError {
			out = append(out, r)
		}
	}
	return string(out)
}

// press is a button as people see it.
type press struct {
	knob
	label string
	sure  string // what is asked before; "" for nothing
	ask   string // what must be recorded to tick the step; "" for nothing
}

// pressesOf are the buttons of an alert: one per open step, those that are late first,
// and those for the whole incident. What is no incident, or is closed, has none.
func pressesOf(a crisis.Alert) (steps, whole []press) {
	if a.Incident == "" || a.Closed || a.Restricted || a.Ask != nil || a.Trouble != nil || a.Alive != nil || len(a.Digest) > 0 {
		return nil, nil
	}
	t := tell(a)
	seen := map[[2]string]bool{}
	for _, clocks := range [][]crisis.Clock{a.Overdue, a.Soon, a.Next} {
		for _, c := range clocks {
			key := [2]string{c.Plan, c.Step}
			if c.RedLine != "" || c.Plan == "" || c.Step == "" || seen[key] || len(steps) == mostSteps {
				continue
			}
			seen[key] = true
			k := knob{Do: DeedDone, Incident: a.Incident, Plan: c.Plan, Step: c.Step, Seq: a.Seq}
			steps = append(steps, press{knob: k, label: fmt.Sprintf(t.tick, title(c, a.Lang)), ask: Clean(c.Ask, 120)})
		}
	}
	add := func(do Deed, label, sure string) {
		whole = append(whole, press{knob: knob{Do: do, Incident: a.Incident, Seq: a.Seq}, label: label, sure: sure})
	}
	if a.Holder == "" {
		add(DeedAcknowledge, t.acknowledge, "")
	}
	if a.Level != crisis.LevelI {
		add(DeedRaise, t.raise, t.raiseSure)
	}
	add(DeedFalseAlarm, t.falseAlarm, t.falseSure)
	return steps, whole
}

// recent remembers the ids of the last events, to drop their copies.
type recent struct {
	mu   sync.Mutex // guards the fields below
	ids  map[string]bool
	ring []string
	next int
}

func newRecent(n int) *recent { return &recent{ids: make(map[string]bool, n), ring: make([]string, n)} }

// first says whether an id has not been seen, and remembers it. An event without an id
// is no copy of another.
func (r *recent) first(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id == "" {
		return true
	}
	if r.ids[id] {
		return false
	}
	delete(r.ids, r.ring[r.next])
	r.ids[id], r.ring[r.next] = true, id
	r.next = (r.next + 1) % len(r.ring)
	return true
}

// spins tells a provider that closes every connection at once from one that renews them.
type spins struct {
	began time.Time
	quick int
}

// again notes that a connection is made at now; false when the last ones did not stand.
func (s *spins) again(now time.Time) bool {
	if !s.began.IsZero() && now.Sub(s.began) < 5*time.Second {
		s.quick++
	} else {
		s.quick = 0
	}
	s.began = now
	return s.quick < 5
}

// deaf is an error about the connection, without secrets.
func deaf(chat string, err error, secrets []string) error {
	return fmt.Errorf("%w: connect to %s: %s", ErrDeaf, chat, cmp.Or(hush(bare(err).Error(), secrets), "no reason"))
}
