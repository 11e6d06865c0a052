package daemon

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
)

// screenChannel is a fake channel that shows pictures, unless it is told not to.
type screenChannel struct {
	fakeChannel

	dark bool
}

func (s *screenChannel) Illustrates() bool { return !s.dark }

var _ alerts.Illustrated = (*screenChannel)(nil)

// TestIllustrate wants the course of an incident in its first alert, drawn for the
// channels that show it and for nobody else, and not stored.
func TestIllustrate(t *testing.T) {
	d, _, one, two := testDaemon(t, "")
	screen := &screenChannel{}
	d.cfg.Channels[0].Sender = screen
	openIncident(t, d)
	deliverAll(t, d)
	if len(screen.sent) == 0 || len(one.sent) > 0 || len(two.sent) == 0 {
		t.Fatalf("sent %d, %d and %d", len(screen.sent), len(one.sent), len(two.sent))
	}
	a := screen.sent[0]
	if a.Kind != crisis.AlertOpened || a.Picture == nil {
		t.Fatalf("the first alert is %s, its picture %v", a.Kind, a.Picture)
	}
	if _, err := png.DecodeConfig(bytes.NewReader(a.Picture.PNG)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(a.Picture.Alt, "人次") || !strings.Contains(a.Picture.Caption, "看不到") {
		t.Errorf("the picture says %+v", a.Picture)
	}
	for _, a := range two.sent {
		if a.Picture != nil {
			t.Error("a channel that shows no picture gets one")
		}
	}
}

// TestIllustrateFails sends an alert without its picture when that cannot be drawn.
func TestIllustrateFails(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	screen := &screenChannel{}
	d.cfg.Channels[0].Sender = screen
	d.artist.draw = func(context.Context, string, string) (crisis.Picture, error) { panic("no paper") }
	openIncident(t, d)
	deliverAll(t, d)
	if len(screen.sent) != 1 || screen.sent[0].Picture != nil {
		t.Errorf("sent %+v, want one alert without a picture", screen.sent)
	}
}

// TestArtist wants every picture back in time, whatever becomes of it.
func TestArtist(t *testing.T) {
	broken := errors.New("broken")
	free, done := make(chan struct{}), make(chan struct{})
	var f func() error
	a := newArtist(func(_ context.Context, incident, lang string) (crisis.Picture, error) {
		return crisis.Picture{Alt: incident + lang}, f()
	})
	a.patience = time.Hour
	f = func() error { return nil }
	if p, err := a.picture(t.Context(), "7", "en"); err != nil || p.Alt != "7en" {
		t.Errorf("picture = %v, %v", p, err)
	}
	f = func() error { return broken }
	if p, err := a.picture(t.Context(), "7", "en"); p != nil || !errors.Is(err, broken) {
		t.Errorf("picture = %v, %v, want the cause", p, err)
	}
	f = func() error { panic("ink") }
	if p, err := a.picture(t.Context(), "7", "en"); p != nil || err == nil || !strings.Contains(err.Error(), "ink") {
		t.Errorf("picture = %v, %v, want the panic", p, err)
	}
	begun := make(chan struct{})
	f = func() error { close(begun); <-free; close(done); return nil }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if p, err := a.picture(ctx, "7", "en"); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("picture = %v, %v, want that nobody waits", p, err)
	}
	if p, err := a.picture(ctx, "8", "zh"); p != nil || err == nil || !strings.Contains(err.Error(), "another picture") {
		t.Errorf("picture = %v, %v, want that one is being drawn", p, err)
	}
	close(free)
	<-done
}
