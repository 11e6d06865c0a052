package alerts

import (
	"context"
	"fmt"
	"os"
	"sync"

	"watchfire/crisis"
)

// Log writes alerts as text, to a file or to standard output.
type Log struct {
	File string `yaml:"file" doc:"file to append to; empty: standard output"`

	mu sync.Mutex // keeps one alert in one piece
}

// Check implements Channel: every setting is possible.
func (l *Log) Check() error { return nil }

// Send appends the alert. In a file it is on disk when Send returns.
func (l *Log) Send(_ context.Context, a crisis.Alert) (Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := "\n" + Text(a) + "\n"
	if l.File == "" {
		if _, err := os.Stdout.WriteString(text); err != nil {
			return Receipt{}, fmt.Errorf("write alert: %w", err)
		}
		return Receipt{}, nil
	}
	f, err := os.OpenFile(l.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return Receipt{}, fmt.Errorf("write alert: %w", err)
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("write alert to %s: %w", l.File, err)
	}
	return Receipt{}, nil
}
