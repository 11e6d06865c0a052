package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Crawl visits one source once and stores what it brings. Whatever happens, the
// attempt is stored: a source that could not be read is never "nothing new".
// The error is for the log; the state of the source says what to do.
func (d *Daemon) Crawl(ctx context.Context, s *Source) error {
	crawler, ok := s.Kind.(crawlers.Crawler)
	if !ok || s.Off {
		return nil
	}
	defer func() { d.crawled.Store(d.clock.Now().Unix()) }() // a failed visit is progress too
	state, err := d.source(ctx, s.Name)
	if err != nil {
		return err
	}
	start := d.clock.Now()
	if state.Paused || state.NextAttempt.After(start) || d.full.Load() {
		return nil
	}
	h, err := visit(ctx, crawler, d.web, state.Cursor)
	if ctx.Err() != nil {
		return nil // stopped by us: says nothing about the source
	}
	cover := crisis.Coverage{Source: s.Name, At: d.clock.Now().UTC(), Took: d.clock.Now().Sub(start)}
	if err != nil {
		return d.missed(ctx, s, cover, err)
	}
	cover.Class, cover.Detail = h.Class, brief(h.Detail)
	cover.Backfill = h.Backfill || state.FirstSuccess.IsZero()
	if _, err := d.ingest(ctx, delivery{source: s, harvest: h, cover: cover}); err != nil {
		return d.unstored(ctx, err)
	}
	return nil
}

// visit lets a crawler visit its source. A panic in it, or in a library that parses
// what strangers write, is a failure of this visit and of nothing else.
func visit(ctx context.Context, c crawlers.Crawler, web *crawlers.Web, cursor string) (h crawlers.Harvest, err error) {
	defer func() {
		if p := recover(); p != nil {
			h, err = crawlers.Harvest{}, &crawlers.Error{Class: crisis.ClassMalformed, Err: fmt.Errorf("read the answer: %v", p)}
		}
	}()
	return c.Crawl(ctx, web, cursor)
}

// brief cuts a detail, part of which may be what a site wrote, to what a person reads.
func brief(s string) string {
	const longest = 600
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

// Receive takes what a pushing source delivers over HTTP. An error of class
// unavailable means that nothing was stored and the sender should try again.
func (d *Daemon) Receive(ctx context.Context, s *Source, h crawlers.Harvest) error {
	if d.full.Load() {
		return &crawlers.Error{Class: crisis.ClassUnavailable, Err: errors.New("the disk is full")}
	}
	cover := crisis.Coverage{Source: s.Name, At: d.clock.Now().UTC(), Class: h.Class, Detail: brief(h.Detail)}
	if _, err := d.ingest(ctx, delivery{source: s, harvest: h, cover: cover}); err != nil {
		return d.unstored(ctx, err)
	}
	return nil
}

// missed stores an attempt that brought nothing. A gated source is paused: only
// a person may send the crawler back to a log-in wall or a captcha.
func (d *Daemon) missed(ctx context.Context, s *Source, cover crisis.Coverage, cause error) error {
	cover.Class, cover.Detail = crawlers.ClassOf(cause), brief(cause.Error())
	var failure *crawlers.Error
	if errors.As(cause, &failure) {
		cover.RetryAfter = failure.RetryAfter
	}
	err := d.store.Update(ctx, func(tx *store.Tx) error { return d.attempted(tx, s, cover, nil) })
	if err != nil {
		return d.unstored(ctx, errors.Join(cause, err))
	}
	d.log.Warn("crawl", zap.String("source", s.Name), zap.String("class", string(cover.Class)), zap.String("detail", cover.Detail))
	return nil
}

// attempted stores an attempt and what it means for the source: its cursor when
// it saw something, else how patient to be.
func (d *Daemon) attempted(tx *store.Tx, s *Source, cover crisis.Coverage, cursor *string) error {
	if err := tx.AddAttempt(cover); err != nil {
		return err
	}
	state, err := tx.Source(s.Name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if state.FirstAttempt.IsZero() {
		state.FirstAttempt = cover.At
	}
	state.Name, state.LastAttempt, state.LastClass, state.LastDetail = s.Name, cover.At, cover.Class, cover.Detail
	state.NextAttempt = cover.RetryAfter
	if cursor != nil && cover.Class.Sees() {
		state.Cursor, state.LastOK, state.Failures = *cursor, cover.At, 0
		if state.FirstSuccess.IsZero() {
			state.FirstSuccess = cover.At
		}
		return tx.SetSource(state)
	}
	state.Failures++
	if cover.Class == crisis.ClassGated && !state.Paused {
		state.Paused = true
		if err := tx.AddPause(store.Pause{Source: s.Name, At: cover.At, Paused: true, By: crisis.Machine}); err != nil {
			return err
		}
	}
	if cover.RetryAfter.IsZero() {
		state.NextAttempt = cover.At.Add(patience(s.Every, state.Failures))
	}
	return tx.SetSource(state)
}

// patience is how long to leave a failing source alone beyond its usual interval:
// nothing after the first failure, then doubling, at most an hour.
func patience(every time.Duration, failures int) time.Duration {
	if failures < 2 {
		return 0
	}
	return min(every<<min(failures-2, 6), max(time.Hour, every)) - every/10
}

// source reads the state of one source; a source never visited has an empty one.
func (d *Daemon) source(ctx context.Context, name string) (store.SourceState, error) {
	var state store.SourceState
	err := d.store.View(ctx, func(tx *store.Tx) error {
		var err error
		state, err = tx.Source(name)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return state, fmt.Errorf("state of source %s: %w", name, err)
	}
	return state, nil
}

// Pause stops or resumes a source in somebody's name. Resuming forgives its past
// failures.
func (d *Daemon) Pause(ctx context.Context, name string, paused bool, by string) error {
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		state, err := tx.Source(name)
		if err != nil || state.Paused == paused {
			return err
		}
		state.Paused = paused
		if !paused {
			state.Failures, state.NextAttempt = 0, time.Time{}
		}
		return errors.Join(tx.SetSource(state), tx.AddPause(store.Pause{Source: name, At: d.clock.Now(), Paused: paused, By: by}))
	})
	if err != nil {
		return fmt.Errorf("pause source %s: %w", name, err)
	}
	return nil
}
