package reading

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A model file is:
//
//	magic     8 bytes
//	version   1 byte of this format, 1 byte of the tokens
//	card      uvarint length, JSON
//	keys      uvarint count, then the difference of each to the one before, as uvarint
//	weights   6 bytes a key
//	checksum  SHA-256 of all that stands before
const (
	modelMagic   = "WFMOOD\r\n"
	modelVersion = 1
)

// mostKeys keeps a broken or hostile count from asking for all memory.
const mostKeys = 1 << 22

// ErrModelVersion is the error of a model made by another version of the program.
var ErrModelVersion = errors.New("the model is of another version: train it anew")

// MarshalBinary returns the file of a model.
func (m *Model) MarshalBinary() ([]byte, error) {
	card, err := json.Marshal(m.card)
	if err != nil {
		return nil, fmt.Errorf("write the card of the model: %w", err)
	}
	out := append([]byte(modelMagic), modelVersion, tokensVersion)
	out = binary.AppendUvarint(out, uint64(len(card)))
	out = append(out, card...)
	out = binary.AppendUvarint(out, uint64(len(m.keys)))
	last := uint32(0)
	for _, k := range m.keys {
		out = binary.AppendUvarint(out, uint64(k-last))
		last = k
	}
	for _, b := range m.bytes {
		out = append(out, byte(b))
	}
	sum := sha256.Sum256(out)
	return append(out, sum[:]...), nil
}

// ParseModel reads the file of a model and checks it whole.
func ParseModel(file []byte) (*Model, error) {
	const head = len(modelMagic) + 2
	switch {
	case len(file) < head+sha256.Size || string(file[:len(modelMagic)]) != modelMagic:
		return nil, errors.New("parse model: this is not a model of watchfire mood train")
	case file[head-2] != modelVersion || file[head-1] != tokensVersion:
		return nil, fmt.Errorf("parse model: version %d.%d, this program reads %d.%d: %w",
			file[head-2], file[head-1], modelVersion, tokensVersion, ErrModelVersion)
	}
	body, sum := file[:len(file)-sha256.Size], file[len(file)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		return nil, errors.New("parse model: the checksum does not fit; the file is damaged or cut short")
	}
	m := &Model{}
	if err := m.parse(body[head:]); err != nil {
		return nil, fmt.Errorf("parse model: %w", err)
	}
	return m, nil
}

// parse reads what stands between the versions and the checksum.
func (m *Model) parse(b []byte) error {
	card, b, err := span(b)
	if err != nil {
		return fmt.Errorf("card: %w", err)
	}
	if err := json.Unmarshal(card, &m.card); err != nil {
		return fmt.Errorf("card: %w", err)
	}
	if err := m.card.check(); err != nil {
		return fmt.Errorf("card: %w", err)
	}
	count, n := binary.Uvarint(b)
	if n <= 0 || count > mostKeys || count*(1+emotions) > uint64(len(b)) {
		return errors.New("the number of keys is wrong")
	}
	b = b[n:]
	m.keys = make([]uint32, count)
	last := uint64(0)
	for i := range m.keys {
		d, n := binary.Uvarint(b)
		if last += d; n <= 0 || d == 0 || last > math.MaxUint32 {
			return fmt.Errorf("key %d is wrong", i)
		}
		m.keys[i], b = uint32(last), b[n:]
	}
	if len(b) != emotions*len(m.keys) {
		return fmt.Errorf("%d bytes of weights, want %d", len(b), emotions*len(m.keys))
	}
	m.bytes = make([]int8, len(b))
	for i := range b {
		m.bytes[i] = int8(b[i])
	}
	m.index()
	return nil
}

// check refuses a card that would make probabilities that are none.
func (c *Card) check() error {
	for _, x := range append(c.Bias[:], c.Scale, float32(c.Caution)) {
		if math.Abs(float64(x)) > 1000 {
			return fmt.Errorf("%g is no weight", x)
		}
	}
	if c.Shape.Tail < 0 || c.Shape.Tail > mostTokens {
		return fmt.Errorf("tail of %d tokens", c.Shape.Tail)
	}
	return nil
}

// span cuts a length and as many bytes off b.
func span(b []byte) (head, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, errors.New("its length is wrong")
	}
	return b[n : n+int(size)], b[n+int(size):], nil
}
