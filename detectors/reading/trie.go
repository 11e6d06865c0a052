package reading

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
)

// trie is a word list as a double array (Aoe 1989) over characters: one load a
// character to walk, and bytes that can be used as they lie in the program file, so
// that nothing is built at start and the list costs no heap.
//
// A slot is one state: 20 bits base, 20 bits check, 16 bits cost. The state that
// character c leads to from state s is the slot base(s)+code(c), if its check is s.
// Cost is a place in costs; 0 says that no word ends there.
type trie struct {
	codes  []byte // uint16 by character below U+10000; 0: in no word
	astral map[rune]uint16
	costs  []float32
	slots  []byte // uint64 each
	last   uint32 // number of the last slot
}

const (
	bmp      = 1 << 16
	slotBits = 20
	slotMask = 1<<slotBits - 1
	vacant   = slotMask // check of a slot that no state has
	magic    = "WFWORDS1"
)

// code returns the code of a character, 0 if no word has it.
func (t *trie) code(r rune) uint16 {
	if r < bmp {
		return binary.LittleEndian.Uint16(t.codes[2*r:])
	}
	return t.astral[r]
}

// step returns the slot that leads on from state from, which lies in slot s.
func (t *trie) step(s uint64, from uint32, code uint16) (next uint32, slot uint64, ok bool) {
	next = uint32(s&slotMask) + uint32(code)
	if next > t.last {
		return 0, 0, false
	}
	slot = binary.LittleEndian.Uint64(t.slots[8*next:])
	return next, slot, uint32(slot>>slotBits)&slotMask == from
}

func (t *trie) root() uint64 { return binary.LittleEndian.Uint64(t.slots) }

// cost returns the cost of the word that ends in a slot, 0 if none does.
func (t *trie) cost(slot uint64) float32 { return t.costs[slot>>(2*slotBits)] }

// priced is a word and what it costs to use it: the shortest path through a text
// is its most likely segmentation.
type priced struct {
	word string
	cost float32
}

// newTrie compiles words. Of two equal ones the first stays.
func newTrie(words []priced) (*trie, error) {
	t := &trie{codes: make([]byte, 2*bmp), astral: map[rune]uint16{}, costs: []float32{0}}
	if err := t.number(words); err != nil {
		return nil, err
	}
	price := map[float32]uint64{}
	list := make([]entry, 0, len(words))
	for _, w := range words {
		n, ok := price[w.cost]
		if !ok {
			n = uint64(len(t.costs))
			price[w.cost] = n
			t.costs = append(t.costs, w.cost)
		}
		e := entry{cost: n}
		for _, r := range w.word {
			e.codes = append(e.codes, t.code(r))
		}
		list = append(list, e)
	}
	if len(t.costs) > math.MaxUint16 {
		return nil, errors.New("compile words: too many different costs")
	}
	slices.SortStableFunc(list, func(a, b entry) int { return slices.Compare(a.codes, b.codes) })
	list = slices.CompactFunc(list, func(a, b entry) bool { return slices.Equal(a.codes, b.codes) })
	return t, t.place(list)
}

// number gives the characters their codes, frequent ones small ones: that packs
// the slots tightly.
func (t *trie) number(words []priced) error {
	often := map[rune]int{}
	for _, w := range words {
		for _, r := range w.word {
			often[r]++
		}
	}
	runes := make([]rune, 0, len(often))
	for r := range often {
		runes = append(runes, r)
	}
	slices.SortFunc(runes, func(a, b rune) int { return cmp.Or(cmp.Compare(often[b], often[a]), cmp.Compare(a, b)) })
	if len(runes) >= math.MaxUint16 {
		return errors.New("compile words: too many different characters")
	}
	for i, r := range runes {
		if r < bmp {
			binary.LittleEndian.PutUint16(t.codes[2*r:], uint16(i+1))
		} else {
			t.astral[r] = uint16(i + 1)
		}
	}
	return nil
}

// entry is a word as codes.
type entry struct {
	codes []uint16
	cost  uint64
}

// state is a place in the tree of words: the sorted entries that share the first
// depth codes.
type state struct {
	slot  uint32
	depth int
	list  []entry
}

// place gives every state a slot, breadth first, each set of children at the
// first base where all of them find vacant slots.
func (t *trie) place(list []entry) error {
	slots := []uint64{0}
	taken := bitset{}
	taken.set(0)
	for queue := []state{{0, 0, list}}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		children, own := s.children()
		slots[s.slot] |= own << (2 * slotBits)
		if len(children) == 0 {
			continue
		}
		base := taken.fit(children, s.depth)
		if base+math.MaxUint16 >= vacant {
			return errors.New("compile words: too many words")
		}
		slots[s.slot] |= uint64(base)
		for _, c := range children {
			c.slot = base + uint32(c.code(s.depth))
			for uint32(len(slots)) <= c.slot {
				slots = append(slots, vacant<<slotBits)
			}
			slots[c.slot] = uint64(s.slot) << slotBits
			taken.set(c.slot)
			queue = append(queue, c)
		}
	}
	t.last = uint32(len(slots) - 1)
	t.slots = make([]byte, 0, 8*len(slots))
	for _, s := range slots {
		t.slots = binary.LittleEndian.AppendUint64(t.slots, s)
	}
	return nil
}

// children returns the states one code further, and the cost of the word that
// ends in s itself.
func (s state) children() (next []state, own uint64) {
	list := s.list
	if len(list) > 0 && len(list[0].codes) == s.depth {
		own, list = list[0].cost, list[1:]
	}
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].codes[s.depth] == list[0].codes[s.depth] {
			n++
		}
		next = append(next, state{depth: s.depth + 1, list: list[:n]})
		list = list[n:]
	}
	return next, own
}

func (s state) code(depth int) uint16 { return s.list[0].codes[depth] }

// bitset says which slots are taken.
type bitset struct {
	words []uint64
	full  uint32 // no word before it has a vacant slot
}

func (b *bitset) set(n uint32) {
	for uint32(len(b.words)) <= n/64 {
		b.words = append(b.words, 0)
	}
	b.words[n/64] |= 1 << (n % 64)
	for b.full < uint32(len(b.words)) && b.words[b.full] == math.MaxUint64 {
		b.full++
	}
}

// from returns 64 slots from n on.
func (b *bitset) from(n uint32) uint64 {
	var low, high uint64
	if i := n / 64; i+1 < uint32(len(b.words)) {
		low, high = b.words[i], b.words[i+1]
	} else if i < uint32(len(b.words)) {
		low = b.words[i]
	}
	return low>>(n%64) | high<<(64-n%64)
}

// fit returns the first base where all children find a vacant slot; it tries 64
// at a time.
func (b *bitset) fit(children []state, depth int) uint32 {
	first := uint32(children[0].code(depth))
	for n := max(64*b.full, first); ; n += 64 {
		clash := b.from(n)
		for i := 1; i < len(children) && clash != math.MaxUint64; i++ {
			clash |= b.from(n - first + uint32(children[i].code(depth)))
		}
		if clash != math.MaxUint64 {
			return n - first + uint32(bits.TrailingZeros64(^clash))
		}
	}
}

// bytes writes the trie in the form that openTrie uses as it lies.
func (t *trie) bytes() []byte {
	out := []byte(magic)
	for _, n := range []int{len(t.costs), len(t.astral), len(t.slots) / 8} {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	for _, c := range t.costs {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c))
	}
	astral := make([]rune, 0, len(t.astral))
	for r := range t.astral {
		astral = append(astral, r)
	}
	slices.Sort(astral)
	for _, r := range astral {
		out = binary.LittleEndian.AppendUint32(out, uint32(r))
		out = binary.LittleEndian.AppendUint16(out, t.astral[r])
	}
	return append(append(out, t.codes...), t.slots...)
}

// openTrie returns the trie that bytes wrote. It keeps and never changes data.
func openTrie(data []byte) (*trie, error) {
	bad := errors.New("the compiled dictionary is damaged; install the program again")
	if len(data) < 20 || string(data[:8]) != magic {
		return nil, bad
	}
	costs, astral := int(binary.LittleEndian.Uint32(data[8:])), int(binary.LittleEndian.Uint32(data[12:]))
	slots := int(binary.LittleEndian.Uint32(data[16:]))
	data = data[20:]
	if slots == 0 || len(data) != 4*costs+6*astral+2*bmp+8*slots {
		return nil, bad
	}
	t := &trie{astral: make(map[rune]uint16, astral), costs: make([]float32, costs), last: uint32(slots - 1)}
	for i := range t.costs {
		t.costs[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	data = data[4*costs:]
	for ; astral > 0; astral-- {
		t.astral[rune(binary.LittleEndian.Uint32(data))] = binary.LittleEndian.Uint16(data[4:])
		data = data[6:]
	}
	t.codes, t.slots = data[:2*bmp:2*bmp], data[2*bmp:]
	return t, nil
}
