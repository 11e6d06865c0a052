package console

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// patience is how long a page waits for an answer, of the tenth of a second that it has.
	patience = 40 * time.Millisecond
	// comeBack is when a page without its answer asks again.
	comeBack = "1"
	// mostBehind is how many questions may wait for their answers; one more is told to come back.
	mostBehind = 8
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

// answer is what will be known of a question.
type answer struct {
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

// ask returns what work gives, once: who asks next has it worked out again. It waits for at
// most wait; until then, and while it works for many others, the answer is ErrBusy. What the
// reader may see goes with ctx, and so must be in the key where the answer depends on it.
func ask[T any](ctx context.Context, b *behind, key string, wait time.Duration, work func(context.Context) (T, error)) (T, error) {
	var none T
	a := b.begin(ctx, key, func(ctx context.Context) (any, error) { return work(ctx) })
	if a == nil {
		return none, ErrBusy
	}
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case <-late.C:
		return none, ErrBusy
	case <-a.done:
	}
	b.mu.Lock()
	if b.asked[key] == a {
		delete(b.asked, key)
	}
	b.mu.Unlock()
	if a.err != nil {
		return none, a.err
	}
	return a.value.(T), nil
}

// begin returns the answer to a question that was asked before, or has it worked out; nil
// when there is no room.
func (b *behind) begin(ctx context.Context, key string, work func(context.Context) (any, error)) *answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.asked[key]; a != nil {
		return a
	}
	if b.closed || len(b.asked) >= mostBehind && !b.forget() {
		return nil
	}
	a := &answer{done: make(chan struct{})}
	b.asked[key] = a
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

// forget drops an answer that is ready and that nobody came back for; false when all are
// still worked out.
func (b *behind) forget() bool {
	for key, a := range b.asked {
		select {
		case <-a.done:
			delete(b.asked, key)
			return true
		default:
		}
	}
	return false
}
