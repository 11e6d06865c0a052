package reading

// lately is one window that ends now: its first post, and in how many of its posts
// that lie in no shorter window a gram occurs, by hash. The counts are nil until they
// are needed, which in a fast stream those of the long windows never are.
type lately struct {
	from  int
	count []uint8
	large map[uint64]int // counts of the cells that are full
}

// fullCell marks a cell whose count is too large for it.
const fullCell = 255

// add counts the grams of one post more, or one less.
func (w *lately) add(grams []uint64, more bool) {
	if w.count == nil {
		w.count, w.large = make([]uint8, 1<<sketchBits), map[uint64]int{}
	}
	for _, h := range grams {
		x := &w.count[h>>(64-sketchBits)]
		switch {
		case more && *x < fullCell-1:
			*x++
		case !more && *x < fullCell:
			*x--
		default:
			w.addLarge(h>>(64-sketchBits), more)
		}
	}
}

// addLarge counts in a cell that is full or becomes so.
func (w *lately) addLarge(cell uint64, more bool) {
	n, ok := w.large[cell]
	switch {
	case !ok:
		n = fullCell
	case more:
		n++
	default:
		n--
	}
	if n < fullCell {
		w.count[cell] = uint8(n)
		delete(w.large, cell)
		return
	}
	w.count[cell] = fullCell
	w.large[cell] = n
}

// of is in how many posts of the window, and of no shorter one, a gram occurs.
func (w *lately) of(h uint64) int {
	if w.count == nil {
		return 0
	}
	if n := w.count[h>>(64-sketchBits)]; n < fullCell {
		return int(n)
	}
	return w.large[h>>(64-sketchBits)]
}
