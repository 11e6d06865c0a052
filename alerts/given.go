package alerts

import "sync"

// given remembers who was given which alert, so that another attempt at an alert
// that reached some goes to the rest only. It is forgotten with the program: then
// all get the alert once more, under the id it had.
type given struct {
	mu    sync.Mutex // guards what follows
	to    map[string]map[string]bool
	order []string // ids in to, oldest first
}

// has says whether somebody was given an alert.
func (g *given) has(id, who string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.to[id][who]
}

// note remembers that they were; the oldest of many alerts is forgotten.
func (g *given) note(id string, who ...string) {
	const most = 256
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.to == nil {
		g.to = map[string]map[string]bool{}
	}
	if g.to[id] == nil {
		g.to[id] = map[string]bool{}
		if g.order = append(g.order, id); len(g.order) > most {
			delete(g.to, g.order[0])
			g.order = g.order[1:]
		}
	}
	for _, w := range who {
		g.to[id][w] = true
	}
}
