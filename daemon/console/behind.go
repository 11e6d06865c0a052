package console

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// patience is how long a page waits for an answer, of the tenth of a second that it has.
	patience = 25 * time.Millisecond
	// askedKept is how old the answer to what somebody asked may be.
	askedKept = 5 * time.Minute
	// mostBehind is how many questions may wait for their answers; one more is told to come back.
	mostBehind = 8
	// mostAnswers is how many questions and answers are kept.
	mostAnswers = 64
)

// behind answers questions that take longer than a page may, one after another, behind the
// pages that ask: a page shows what it has, and asks again for what is still worked out.
type behind struct {
	turn chan struct{} // held by the question that is worked on
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex // guards what follows
	asked  map[string]*answer
	closed bool
}

// ErrBusy says that an answer is still worked out, or that too many are.
var ErrBusy = errors.New("busy")

// question is what to a page is one question, however often it is asked.
type question struct {
	key  string        // what the answer depends on: also the reader, where he sees not what others see
	now  time.Time     // when it is asked
	wait time.Duration // how long the page waits
	keep time.Duration // how old an answer may be; 0: who asks next has it worked out again
}

// answer is what will be known of a question.
type answer struct {
	asked time.Time
	done  chan struct{} // closed when the rest is set
	value any
	err   error
}

func newBehind() *behind {
	b := &behind{turn: make(chan struct{}, 1), asked: map[string]*answer{}}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// close gives up what is worked on and waits for the end of it.
func (b *behind) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.stop()
	b.work.Wait()
}

// ask returns what work gives, with the eyes of ctx. While that takes longer than the page
// waits, and while many others are worked for, the answer is ErrBusy.
func ask[T any](ctx context.Context, b *behind, q question, work func(context.Context) (T, error)) (T, error) {
	var none T
	a := b.begin(ctx, q, func(ctx context.Context) (any, error) { return work(ctx) })
	if a == nil {
		return none, ErrBusy
	}
	if !a.ready() {
		late := time.NewTimer(q.wait)
		defer late.Stop()
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-late.C:
			return none, ErrBusy
		case <-a.done:
		}
	}
	if a.err != nil || q.keep == 0 {
		b.drop(q.key, a)
	}
	if a.err != nil {
		return none, a.err
	}
	return a.value.(T), nil
}

func (b *behind) drop(key string, a *answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked[key] == a {
		delete(b.asked, key)
	}
}

// begin returns the answer to a question that was asked before, or has it worked out; nil
// when there is no room.
func (b *behind) begin(ctx context.Context, q question, work func(context.Context) (any, error)) *answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.asked[q.key]; a != nil && (!a.ready() || q.keep == 0 || q.now.Sub(a.asked).Abs() < q.keep) {
		return a
	}
	if b.closed || !b.room() {
		return nil
	}
	a := &answer{asked: q.now, done: make(chan struct{})}
	b.asked[q.key] = a
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := context.AfterFunc(b.ctx, cancel)
	b.work.Go(func() {
		defer close(a.done)
		defer cancel()
		defer ended()
		select {
		case b.turn <- struct{}{}:
			defer func() { <-b.turn }()
			a.value, a.err = work(ctx)
		case <-ctx.Done():
			a.err = ctx.Err()
		}
	})
	return a
}

// room says whether another question may wait, and drops the oldest answers for it.
func (b *behind) room() bool {
	waiting, oldest := 0, ""
	for key, a := range b.asked {
		switch {
		case !a.ready():
			waiting++
		case oldest == "" || a.asked.Before(b.asked[oldest].asked):
			oldest = key
		}
	}
	if len(b.asked) >= mostAnswers && oldest != "" {
		delete(b.asked, oldest)
	}
	return waiting < mostBehind
}

func (a *answer) ready() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}
