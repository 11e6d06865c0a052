package daemon

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
)

// ErrReload is the cause of the end of a context when another daemon takes over at
// once, under a new configuration.
var ErrReload = errors.New("reload")

// Run keeps the daemon going until ctx ends: it serves the console on l, visits
// the sources on their schedules, judges every minute, delivers, and hears clicks. What is
// under way when ctx ends is finished or put back; then Run returns.
func (d *Daemon) Run(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	for i := range d.cfg.Channels {
		ch := &d.cfg.Channels[i]
		wg.Go(func() { d.deliverLoop(ctx, ch) })
		if l, ok := ch.Sender.(alerts.Listener); ok {
			wg.Go(func() { d.listenLoop(ctx, ch, l) })
		}
	}
	jobs := d.schedule(ctx)
	jobs.Start()
	wg.Go(func() { d.beat(ctx) })
	wg.Go(func() { d.learnPhrases(ctx) })
	wg.Go(func() { d.heartbeat(ctx) })

	server := &http.Server{
		Handler: d.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	server.RegisterOnShutdown(d.console.Close)
	failed := make(chan error, 1)
	wg.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve the console: %w", err)
		}
	})
	d.log.Info("running", zap.String("console", l.Addr().String()), zap.Int("sources", len(d.cfg.Sources)),
		zap.Int("topics", len(d.cfg.Topics)), zap.Int("channels", len(d.cfg.Channels)))

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	d.log.Info("stopping")
	if errors.Is(context.Cause(ctx), ErrReload) {
		d.notify("RELOADING=1")
	} else {
		d.notify("STOPPING=1")
	}
	stop()
	<-jobs.Stop().Done()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := server.Shutdown(late); e != nil {
		err = errors.Join(err, server.Close())
	}
	wg.Wait()
	return err
}

// schedule sets up the regular work: one job per polled source and one tick a
// minute. A job that is still running is not started again, and a panic in one
// is logged, not fatal.
func (d *Daemon) schedule(ctx context.Context) *cron.Cron {
	log := cronLog{d.log}
	c := cron.New(cron.WithLogger(log), cron.WithChain(cron.Recover(log), cron.SkipIfStillRunning(log)))
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if _, polled := s.Kind.(crawlers.Crawler); !polled || s.Off {
			continue
		}
		c.Schedule(&every{clock: d.clock, interval: s.Every, offset: spread(s.Name)}, cron.FuncJob(func() {
			if err := d.Crawl(ctx, s); err != nil && ctx.Err() == nil {
				d.log.Error("crawl", zap.String("source", s.Name), zap.Error(err))
			}
		}))
	}
	c.Schedule(minutely{d.clock}, cron.FuncJob(func() { d.minuteEnds(ctx) }))
	c.Schedule(&every{clock: d.clock, interval: time.Hour}, cron.FuncJob(func() {
		if err := d.purge(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("purge", zap.Error(err))
		}
	}))
	return c
}

// minuteEnds judges what has ended, unless the daemon still settles.
func (d *Daemon) minuteEnds(ctx context.Context) {
	if d.settling(ctx) {
		return
	}
	if err := d.Tick(ctx, d.clock.Now()); err != nil && ctx.Err() == nil {
		d.log.Error("tick", zap.Error(err))
	}
	if err := d.Pulse(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("pulse", zap.Error(err))
	}
	d.breathe(ctx)
	d.console.Changed("")
	if err := d.console.LookAhead(ctx); err != nil && ctx.Err() == nil {
		d.log.Error("look ahead", zap.Error(err))
	}
}

// settling says whether some source is yet to be visited after a start. The minutes
// in which we were down are judged when it is known who can be seen now, or every
// stop of some length would ring for every source. It lasts a minute at most.
func (d *Daemon) settling(ctx context.Context) bool {
	if d.clock.Now().Sub(d.started) >= time.Minute {
		return false
	}
	states, err := d.store.Sources(ctx)
	if err != nil {
		return false // the tick finds out what is wrong, and says so
	}
	visited := map[string]bool{}
	for _, s := range states {
		visited[s.Name] = s.Paused || !s.LastAttempt.Before(d.started)
	}
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if _, polled := s.Kind.(crawlers.Crawler); polled && !s.Off && !visited[s.Name] {
			return true
		}
	}
	return false
}

// every is a schedule with a fixed interval, finer than a second if need be. The
// first visit comes soon, spread over a tenth of the interval, so that a start
// does not knock on every door at once.
type every struct {
	clock    Clock
	interval time.Duration // on that clock
	offset   float64       // 0 to 1
	begun    bool
}

// Next implements cron.Schedule.
func (e *every) Next(t time.Time) time.Time {
	wall := e.clock.Wall(e.interval)
	if !e.begun {
		e.begun = true
		return t.Add(min(time.Duration(e.offset*float64(wall)/10), 30*time.Second))
	}
	return t.Add(wall)
}

// minutely is the schedule of the end of every minute of the daemon's clock.
type minutely struct{ clock Clock }

// Next implements cron.Schedule.
func (m minutely) Next(t time.Time) time.Time {
	now := m.clock.Now()
	return t.Add(max(m.clock.Wall(now.Truncate(time.Minute).Add(time.Minute).Sub(now)), time.Millisecond))
}

// spread maps a name to a number from 0 to 1, the same at every start.
func spread(name string) float64 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return float64(h.Sum32()%1000) / 1000
}

// deliverLoop delivers on one channel whenever something may be due.
func (d *Daemon) deliverLoop(ctx context.Context, ch *Channel) {
	idle := time.NewTicker(time.Second)
	defer idle.Stop()
	for ctx.Err() == nil {
		n, err := d.Deliver(ctx, ch)
		if err != nil && ctx.Err() == nil {
			d.log.Error("deliver", zap.String("channel", ch.Name), zap.Error(err))
		}
		if n == batch && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-d.wakes[ch.Name]:
		case <-idle.C:
		}
	}
}

// cronLog lets the scheduler write to the daemon's log.
type cronLog struct{ log *zap.Logger }

// Info is the scheduler's chatter.
func (l cronLog) Info(msg string, kv ...any) { l.log.Sugar().Debugw("cron: "+msg, kv...) }

// Error is a job that panicked.
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Sugar().Errorw("cron: "+msg, append(kv, "error", err)...)
}
