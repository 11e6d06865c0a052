package reading

import (
	"slices"
	"time"
)

// Groups finds near-duplicates among the texts of the last while: copies and texts
// that differ by a few characters are one group. Its memory is bounded: in a flood
// the oldest texts are forgotten before their time. It is not safe for concurrent
// use.
type Groups struct {
	keep       time.Duration
	young, old *index // of this half of keep, and of the half before
	since      time.Time
}

// NewGroups returns an empty index that forgets texts after keep, at the latest
// after twice that.
func NewGroups(keep time.Duration) *Groups {
	return &Groups{keep: keep, young: newIndex(), old: newIndex()}
}

// Of returns the group of a text: the print of the group's first text. It is 0
// only for a text without any letter, digit or symbol.
func (g *Groups) Of(s Sketch, at time.Time) uint64 {
	if s.exact == 0 {
		return 0
	}
	g.turn(at)
	group, ok := g.known(s.exact)
	if !ok {
		group = g.nearest(&s)
	}
	g.put(group, &s)
	return group
}

// nearest returns the group that shares most keys with a text, its own print if
// none shares any. One shared key may come from a phrase that many texts have.
func (g *Groups) nearest(s *Sketch) uint64 {
	var groups [bands]uint64
	var votes [bands]int
	best, n := s.exact, 0
	most := 0
	for _, k := range s.keys[:s.size] {
		group, ok := g.known(k)
		if !ok {
			continue
		}
		i := slices.Index(groups[:n], group)
		if i < 0 {
			i = n
			groups[n] = group
			n++
		}
		if votes[i]++; votes[i] > most {
			best, most = group, votes[i]
		}
	}
	return best
}

// Seed puts a stored text back into its group after a restart.
func (g *Groups) Seed(s Sketch, group uint64, at time.Time) {
	if s.exact != 0 {
		g.turn(at)
		g.put(group, &s)
	}
}

// turn forgets the older half when the younger one has lasted for keep or is full.
func (g *Groups) turn(at time.Time) {
	switch {
	case g.since.IsZero():
		g.since = at
	case at.Sub(g.since) >= g.keep || g.young.full():
		g.old, g.young, g.since = g.young, g.old, at
		g.young.reset()
	}
}

func (g *Groups) known(key uint64) (uint64, bool) {
	if group, ok := g.young.get(key); ok {
		return group, true
	}
	return g.old.get(key)
}

func (g *Groups) put(group uint64, s *Sketch) {
	n := g.young.name(group)
	g.young.put(s.exact, n, true)
	for _, k := range s.keys[:s.size] {
		g.young.put(k, n, false)
	}
}

// index maps hashes to groups: an open hash table of twelve bytes a slot, without
// pointers, so that the garbage collector need not look at it.
type index struct {
	slots  []slot // a power of two
	used   int
	groups []uint64
	last   uint64 // the group named last
}

type slot struct {
	low, high uint32 // the key
	group     uint32 // place in groups and one; 0: vacant
}

const (
	fewestSlots = 1 << 10
	mostSlots   = 1 << 21 // 24 MB, about 140,000 texts
)

func newIndex() *index { return &index{slots: make([]slot, fewestSlots)} }

// reset empties the index. A large table is kept, because the next half will need
// as much again.
func (x *index) reset() {
	clear(x.slots)
	x.groups, x.used, x.last = x.groups[:0], 0, 0
}

func (x *index) full() bool { return len(x.slots) == mostSlots && 4*x.used >= 3*mostSlots }

// name returns the number of a group.
func (x *index) name(group uint64) uint32 {
	if len(x.groups) == 0 || x.last != group {
		x.groups = append(x.groups, group)
		x.last = group
	}
	return uint32(len(x.groups))
}

// find returns the slot of a key, or the vacant one where it belongs.
func (x *index) find(key uint64) *slot {
	mask := uint64(len(x.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		if s := &x.slots[i]; s.group == 0 || (s.low == uint32(key) && s.high == uint32(key>>32)) {
			return s
		}
	}
}

func (x *index) get(key uint64) (group uint64, ok bool) {
	if s := x.find(key); s.group != 0 {
		return x.groups[s.group-1], true
	}
	return 0, false
}

// put gives a key its group; one that it has already stays unless over.
func (x *index) put(key uint64, group uint32, over bool) {
	s := x.find(key)
	if s.group != 0 {
		if over {
			s.group = group
		}
		return
	}
	*s = slot{uint32(key), uint32(key >> 32), group}
	if x.used++; 4*x.used >= 3*len(x.slots) && len(x.slots) < mostSlots {
		x.grow()
	}
}

func (x *index) grow() {
	small := x.slots
	x.slots = make([]slot, 2*len(small))
	for _, s := range small {
		if s.group != 0 {
			*x.find(uint64(s.high)<<32 | uint64(s.low)) = s
		}
	}
}
