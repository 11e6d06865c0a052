package reading

import (
	"cmp"
	"slices"
)

// node is one cell of a double array: the child of n for code c is the cell
// n.base+c, if that cell's parent is n.
type node struct {
	base   int32 // 0: no children
	parent int32 // -1 marks a free cell
}

// trie is a double array over the codes of characters. Node 0 is the root, code
// 0 stands for every character that occurs in no word.
type trie struct {
	nodes []node
	ids   []int32 // index of the word that ends at the node; -1 is none
}

// child returns the node below n for code c, or a negative number.
func (t *trie) child(n int32, c uint16) int32 {
	m := t.nodes[n].base + int32(c)
	if t.nodes[m].parent != n {
		return -1
	}
	return m
}

// codes numbers the characters of a set of words from 1; 0 is every other one.
type codes struct {
	low  []uint16 // of the basic plane
	high map[rune]uint16
	n    int // number of codes, that of strangers included
}

func (c *codes) of(r rune) uint16 {
	if uint32(r) < uint32(len(c.low)) {
		return c.low[r]
	}
	if c.high == nil {
		return 0
	}
	return c.high[r]
}

// newCodes gives the most frequent characters the smallest codes, which keeps
// the double array dense.
func newCodes(words [][]rune) *codes {
	count := make(map[rune]int)
	for _, w := range words {
		for _, r := range w {
			count[r]++
		}
	}
	all := make([]rune, 0, len(count))
	for r := range count {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b rune) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return codesOf(all)
}

// codesOf numbers the characters in the order given.
func codesOf(all []rune) *codes {
	c := &codes{low: make([]uint16, 1<<16), n: len(all) + 1}
	for i, r := range all {
		if r < 1<<16 {
			c.low[r] = uint16(i + 1)
			continue
		}
		if c.high == nil {
			c.high = make(map[rune]uint16)
		}
		c.high[r] = uint16(i + 1)
	}
	return c
}

// builder places the nodes of a trie, breadth first.
type builder struct {
	trie
	width int     // number of codes: cells a node's children may spread over
	next  []int32 // next[i] <= i means free; else a cell at or before the next free one
	keys  [][]uint16
	order []int32 // keys sorted
	queue []span
	kids  []span
	from  [9]int32 // where the search for a place of so many children starts
}

// span is a node of the trie to be: the sorted keys lo to hi share depth codes.
type span struct {
	lo, hi, depth, at int32
	code              uint16
}

// newTrie builds the trie of the keys; the id of a key is its index. Of equal
// keys the first wins. No key may be empty.
func newTrie(keys [][]uint16, width int) trie {
	b := &builder{width: width, keys: keys, order: make([]int32, len(keys))}
	for i := range b.order {
		b.order[i] = int32(i)
	}
	slices.SortStableFunc(b.order, func(x, y int32) int { return slices.Compare(keys[x], keys[y]) })
	b.grow(width + 2)
	b.take(0, 0)
	b.queue = append(b.queue, span{hi: int32(len(keys))})
	for i := 0; i < len(b.queue); i++ {
		b.expand(b.queue[i])
	}
	b.trim()
	return b.trie
}

func (b *builder) grow(n int) {
	for len(b.nodes) < n {
		b.nodes = append(b.nodes, node{parent: -1})
		b.ids = append(b.ids, -1)
		b.next = append(b.next, int32(len(b.next)))
	}
}

// free returns the first free cell at or after i.
func (b *builder) free(i int32) int32 {
	b.grow(int(i) + 1)
	root := i
	for b.next[root] > root {
		root = b.next[root]
		b.grow(int(root) + 1)
	}
	for i != root { // shorten the way for the next caller
		i, b.next[i] = b.next[i], root
	}
	return root
}

func (b *builder) take(i, parent int32) {
	b.nodes[i].parent = parent
	b.next[i] = i + 1
}

// expand places the children of one node.
func (b *builder) expand(s span) {
	b.kids = b.kids[:0]
	for i := s.lo; i < s.hi; i++ {
		k := b.keys[b.order[i]]
		if len(k) == int(s.depth) {
			if b.ids[s.at] < 0 {
				b.ids[s.at] = b.order[i]
			}
			continue
		}
		c := k[s.depth]
		if n := len(b.kids); n > 0 && b.kids[n-1].code == c {
			b.kids[n-1].hi = i + 1
			continue
		}
		b.kids = append(b.kids, span{lo: i, hi: i + 1, depth: s.depth + 1, code: c})
	}
	if len(b.kids) == 0 {
		return
	}
	base := b.place()
	b.nodes[s.at].base = base
	for _, k := range b.kids {
		k.at = base + int32(k.code)
		b.take(k.at, s.at)
		b.queue = append(b.queue, k)
	}
}

// longSearch is how many places may be tried in vain before the search moves on
// for good; a greater number makes a denser array more slowly.
const longSearch = 64

// place finds a base at which every child has a free cell. After a long search
// the next one for as many children starts a little later: the gaps it leaves
// are filled by nodes with fewer children.
func (b *builder) place() int32 {
	first := int32(b.kids[0].code)
	n := min(len(b.kids), len(b.from)-1)
	later := int32(0)
	for f, tries := b.free(max(first+1, b.from[n])), 0; ; f, tries = b.free(f+1), tries+1 {
		base := f - first
		b.grow(int(base) + b.width + 1)
		if b.fits(base) {
			b.from[n] = max(b.from[n], later)
			return base
		}
		if tries > 0 && tries%longSearch == 0 {
			later = b.free(max(later, b.from[n], first) + 1)
		}
	}
}

func (b *builder) fits(base int32) bool {
	for _, k := range b.kids {
		if b.nodes[base+int32(k.code)].parent >= 0 {
			return false
		}
	}
	return true
}

// trim drops unused cells at the end, but keeps so many that the child of any
// node for any code lies inside.
func (b *builder) trim() {
	var most int32
	for _, n := range b.nodes {
		if n.parent >= 0 {
			most = max(most, n.base)
		}
	}
	b.grow(int(most) + b.width + 1)
	b.nodes = slices.Clip(b.nodes[:int(most)+b.width+1])
	b.ids = slices.Clip(b.ids[:len(b.nodes)])
}
