package reading

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/go-ego/gse"
)

//go:generate go test -run ^TestDictionaryIsCurrent$ -update .

//go:embed dictionary.gz
var packed []byte

// dictionary is the dictionary of gse as a double array. It is never changed.
type dictionary struct {
	codes *codes
	chars []rune // character of a code; 0 is unused
	nodes []node
	freq  []uint16  // of a node: 1 + index into freqs; 0 where no word ends
	freqs []float64 // the different frequencies
	cost  []float32 // length of the path over a word, for an entry of freq
	total float64   // sum of the frequencies of all words
}

// loadDictionary unpacks the embedded dictionary, once a process.
var loadDictionary = sync.OnceValues(func() (*dictionary, error) {
	d, err := unpack(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack embedded dictionary: %w", err)
	}
	return d, nil
})

// compileGSE compiles the simplified Chinese dictionary that gse embeds.
func compileGSE() (*dictionary, error) {
	seg := gse.Segmenter{NotLoadHMM: true, SkipLog: true}
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		return nil, fmt.Errorf("load dictionary of gse: %w", err)
	}
	tokens := seg.Dict.Tokens
	words := make([][]rune, len(tokens))
	freqs := make([]float64, len(tokens))
	for i := range tokens {
		words[i], freqs[i] = []rune(tokens[i].Text()), tokens[i].Freq()
	}
	d, err := newDictionary(words, freqs)
	if err != nil {
		return nil, err
	}
	d.total = seg.Dict.TotalFreq()
	d.price()
	return d, nil
}

// newDictionary builds the double array of words with their frequencies.
func newDictionary(words [][]rune, freqs []float64) (*dictionary, error) {
	d := &dictionary{codes: newCodes(words)}
	keys := make([][]uint16, len(words))
	d.chars = make([]rune, d.codes.n)
	for i, w := range words {
		if len(w) == 0 {
			return nil, errors.New("build dictionary: a word is empty")
		}
		for _, r := range w {
			c := d.codes.of(r)
			d.chars[c] = r
			keys[i] = append(keys[i], c)
		}
	}
	d.freqs = slices.Compact(slices.Sorted(slices.Values(freqs)))
	if len(d.freqs) >= math.MaxUint16 {
		return nil, fmt.Errorf("build dictionary: %d different frequencies, at most %d fit", len(d.freqs), math.MaxUint16-1)
	}
	t := newTrie(keys, d.codes.n)
	d.nodes = t.nodes
	d.freq = make([]uint16, len(t.ids))
	for i, id := range t.ids {
		if id < 0 {
			continue
		}
		at, _ := slices.BinarySearch(d.freqs, freqs[id])
		d.freq[i] = uint16(at + 1)
		d.total += freqs[id]
	}
	d.price()
	return d, nil
}

// price fills cost with the distances that gse.CalcToken computes, rounded
// alike, so that equal paths stay equal.
func (d *dictionary) price() {
	d.cost = make([]float32, len(d.freqs)+1)
	all := float32(math.Log2(d.total))
	for i, f := range d.freqs {
		d.cost[i+1] = all - float32(math.Log2(f))
	}
}

// words calls yield for every word and its frequency.
func (d *dictionary) words(yield func(word string, freq float64) bool) {
	d.walk(0, nil, yield)
}

func (d *dictionary) walk(n int32, word []rune, yield func(string, float64) bool) bool {
	if f := d.freq[n]; f > 0 && !yield(string(word), d.freqs[f-1]) {
		return false
	}
	if d.nodes[n].base == 0 {
		return true
	}
	for c := 1; c < len(d.chars); c++ {
		m := d.nodes[n].base + int32(c)
		if d.nodes[m].parent == n && !d.walk(m, append(word, d.chars[c]), yield) {
			return false
		}
	}
	return true
}

// The packed form is gzip over unsigned varints: the format's number, the
// characters in the order of their codes, the frequencies as float64 bits, the
// bits of the total, the number of cells, and for each node, breadth first: its
// freq, its base (0: no children), the number of its children and the
// differences of their codes.
const packedFormat = 1

// pack writes the dictionary.
func (d *dictionary) pack(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("pack dictionary: %w", err)
	}
	p := &packer{}
	p.put(packedFormat)
	p.put(uint64(len(d.chars)))
	for _, r := range d.chars[1:] {
		p.put(uint64(r))
	}
	p.put(uint64(len(d.freqs)))
	for _, f := range d.freqs {
		p.put(math.Float64bits(f))
	}
	p.put(math.Float64bits(d.total))
	p.put(uint64(len(d.nodes)))
	kids := d.children()
	for queue := []int32{0}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		p.put(uint64(d.freq[n]))
		p.put(uint64(d.nodes[n].base))
		if d.nodes[n].base == 0 {
			continue
		}
		p.put(uint64(len(kids[n])))
		last := d.nodes[n].base
		for _, m := range kids[n] {
			p.put(uint64(m - last))
			last = m
		}
		queue = append(queue, kids[n]...)
	}
	if _, err := z.Write(p.buf); err != nil {
		return fmt.Errorf("pack dictionary: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack dictionary: %w", err)
	}
	return nil
}

// children lists the cells below each node in the order of their codes.
func (d *dictionary) children() map[int32][]int32 {
	kids := make(map[int32][]int32)
	for i := 1; i < len(d.nodes); i++ {
		if p := d.nodes[i].parent; p >= 0 {
			kids[p] = append(kids[p], int32(i))
		}
	}
	return kids
}

type packer struct{ buf []byte }

func (p *packer) put(v uint64) { p.buf = binary.AppendUvarint(p.buf, v) }

// unpack reads what pack has written.
func unpack(r io.Reader) (*dictionary, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	u := &unpacker{r: bufio.NewReaderSize(z, 1<<16)}
	if v := u.get(math.MaxInt32); u.err == nil && v != packedFormat {
		return nil, fmt.Errorf("format %d, want %d: run go generate", v, packedFormat)
	}
	chars := make([]rune, u.get(math.MaxUint16))
	for i := 1; i < len(chars); i++ {
		chars[i] = rune(u.get(0x10ffff))
	}
	d := &dictionary{chars: chars, freqs: make([]float64, u.get(math.MaxUint16))}
	for i := range d.freqs {
		d.freqs[i] = math.Float64frombits(u.get(math.MaxUint64))
	}
	d.total = math.Float64frombits(u.get(math.MaxUint64))
	size := u.get(1 << 26)
	if u.err != nil || len(chars) < 2 {
		return nil, fmt.Errorf("read head: %w", orShort(u.err))
	}
	d.codes = codesOf(chars[1:])
	d.nodes, d.freq = make([]node, size), make([]uint16, size)
	for i := range d.nodes {
		d.nodes[i].parent = -1
	}
	if err := u.tree(d); err != nil {
		return nil, fmt.Errorf("read tree: %w", err)
	}
	if _, err := u.r.ReadByte(); !errors.Is(err, io.EOF) { // reading to the end checks the sum
		return nil, fmt.Errorf("read end: want none, got %w", orShort(err))
	}
	d.price()
	return d, nil
}

// orShort names the cause when there is no other: too little data.
func orShort(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

type unpacker struct {
	r   *bufio.Reader
	err error
}

// get reads a number; one above limit is an error.
func (u *unpacker) get(limit uint64) uint64 {
	if u.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(u.r)
	if err != nil {
		u.err = err
		return 0
	}
	if v > limit {
		u.err = fmt.Errorf("number %d is above %d", v, limit)
		return 0
	}
	return v
}

// tree places the nodes; a child outside of the cells is an error, so that no
// lookup can leave them.
func (u *unpacker) tree(d *dictionary) error {
	if len(d.nodes) == 0 {
		return errors.New("no cells")
	}
	last := uint64(len(d.nodes) - 1)
	d.nodes[0].parent = 0
	queue := make([]int32, 1, len(d.nodes)/2)
	for i := 0; i < len(queue) && u.err == nil; i++ {
		n := queue[i]
		d.freq[n] = uint16(u.get(uint64(len(d.freqs))))
		base := int32(u.get(last))
		if d.nodes[n].base = base; base == 0 {
			continue
		}
		if int(base)+len(d.chars) > len(d.nodes) {
			return fmt.Errorf("base %d is outside of %d cells", base, len(d.nodes))
		}
		m := base
		for range u.get(last) {
			m += int32(u.get(uint64(len(d.chars))))
			if int(m) >= len(d.nodes) || d.nodes[m].parent >= 0 || u.err != nil {
				return fmt.Errorf("child at %d: %w", m, orShort(u.err))
			}
			d.nodes[m].parent = n
			queue = append(queue, m)
		}
	}
	return u.err
}
