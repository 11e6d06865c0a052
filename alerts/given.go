package alerts

import (
	"context"
	"sync"

	"watchfire/crisis"
)

// Given keeps who was given which alert, so that another attempt at an alert that
// reached some goes to the rest only.
type Given interface {
	// Has says whether somebody, by address, has an alert.
	Has(ctx context.Context, a crisis.Alert, who string) (bool, error)
	// Note notes that they have it.
	Note(ctx context.Context, a crisis.Alert, who ...string) error
}

// given is a Given that is forgotten with the program: then all get the alert once
// more, under the id it had.
type given struct {
	mu    sync.Mutex // guards what follows
	to    map[string]map[string]bool
	order []string // ids in to, oldest first
}

// Has implements Given.
func (g *given) Has(_ context.Context, a crisis.Alert, who string) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.to[a.ID][who], nil
}

// Note implements Given; the oldest of many alerts is forgotten.
func (g *given) Note(_ context.Context, a crisis.Alert, who ...string) error {
	const most = 256
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.to == nil {
		g.to = map[string]map[string]bool{}
	}
	if g.to[a.ID] == nil {
		g.to[a.ID] = map[string]bool{}
		if g.order = append(g.order, a.ID); len(g.order) > most {
			delete(g.to, g.order[0])
			g.order = g.order[1:]
		}
	}
	for _, w := range who {
		g.to[a.ID][w] = true
	}
	return nil
}
