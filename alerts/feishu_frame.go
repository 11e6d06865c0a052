package alerts

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
)

// feishuFrame is what goes over a long connection of Feishu: a message of Protocol
// Buffers with these fields, by their numbers. We read and write the few wire types it
// has by hand, because Feishu's own library brings every interface it has along.
//
//	1 sequence  2 log id  3 service  4 method: 0 control, 1 data
//	5 headers, each with 1 key and 2 value  6 encoding  7 type  8 payload  9 log id as text
type feishuFrame struct {
	numbers [4]uint64 // fields 1 to 4
	headers [][2]string
	texts   [2]string // fields 6 and 7
	payload []byte
	log     string
}

// The methods of a frame.
const (
	feishuControl = 0
	feishuData    = 1
)

var errFrame = errors.New("the frame is cut or none of feishu")

// header is the value of a header, "" if there is none.
func (f *feishuFrame) header(key string) string {
	for _, h := range f.headers {
		if h[0] == key {
			return h[1]
		}
	}
	return ""
}

// number is a header that is a number, 0 if it is none.
func (f *feishuFrame) number(key string) int {
	n, err := strconv.Atoi(f.header(key))
	if err != nil {
		return 0
	}
	return n
}

func (f *feishuFrame) method() uint64 { return f.numbers[3] }

// encode writes the frame. The fields that Feishu wants are written also when empty.
func (f *feishuFrame) encode() []byte {
	var b []byte
	bytes := func(to []byte, field uint64, data string) []byte {
		to = binary.AppendUvarint(to, field<<3|2)
		to = binary.AppendUvarint(to, uint64(len(data)))
		return append(to, data...)
	}
	for i, n := range f.numbers {
		b = binary.AppendUvarint(b, uint64(i+1)<<3)
		b = binary.AppendUvarint(b, n)
	}
	for _, h := range f.headers {
		b = bytes(b, 5, string(bytes(bytes(nil, 1, h[0]), 2, h[1])))
	}
	b = bytes(bytes(b, 6, f.texts[0]), 7, f.texts[1])
	if f.payload != nil {
		b = bytes(b, 8, string(f.payload))
	}
	return bytes(b, 9, f.log)
}

// decodeFrame reads a frame. Fields that it does not know are passed over.
func decodeFrame(b []byte) (feishuFrame, error) {
	var f feishuFrame
	err := eachField(b, func(field, n uint64, data []byte) error {
		switch {
		case field >= 1 && field <= 4 && data == nil:
			f.numbers[field-1] = n
		case field == 5 && data != nil:
			var h [2]string
			err := eachField(data, func(field, _ uint64, data []byte) error {
				if (field == 1 || field == 2) && data != nil {
					h[field-1] = string(data)
				}
				return nil
			})
			if err != nil {
				return err
			}
			f.headers = append(f.headers, h)
		case (field == 6 || field == 7) && data != nil:
			f.texts[field-6] = string(data)
		case field == 8 && data != nil:
			f.payload = data
		case field == 9 && data != nil:
			f.log = string(data)
		}
		return nil
	})
	return f, err
}

// eachField hands every field of a message to see: a number, or data that is not nil.
func eachField(b []byte, see func(field, n uint64, data []byte) error) error {
	for len(b) > 0 {
		tag, used := binary.Uvarint(b)
		if used <= 0 || tag>>3 == 0 {
			return errFrame
		}
		b = b[used:]
		var n uint64
		var data []byte
		switch tag & 7 {
		case 0:
			n, used = binary.Uvarint(b)
		case 1:
			used = 8
		case 2:
			n, used = binary.Uvarint(b)
			if used <= 0 || n > uint64(len(b)-used) {
				return errFrame
			}
			data = b[used : used+int(n) : used+int(n)]
			used += int(n)
		case 5:
			used = 4
		default:
			return errFrame
		}
		if used <= 0 || used > len(b) {
			return errFrame
		}
		if err := see(tag>>3, n, data); err != nil {
			return err
		}
		b = b[used:]
	}
	return nil
}

// pieces puts messages together that came in several frames.
type pieces struct {
	open  map[string][][]byte
	order []string // of open, the oldest first
}

const (
	mostPieces  = 64 // of one message
	mostPartial = 16 // messages
)

// join returns the whole message when its last piece has come, else nil. Of too many
// that are not whole the oldest is forgotten: Feishu sends again what is not answered.
func (p *pieces) join(f *feishuFrame) []byte {
	sum, seq, id := f.number("sum"), f.number("seq"), f.header("message_id")
	if sum <= 1 {
		return f.payload
	}
	if sum > mostPieces || seq < 0 || seq >= sum {
		return nil
	}
	if p.open == nil {
		p.open = map[string][][]byte{}
	}
	parts := p.open[id]
	if len(parts) != sum {
		if parts == nil {
			p.order = append(p.order, id)
		}
		parts = make([][]byte, sum)
	}
	parts[seq] = f.payload
	p.open[id] = parts
	whole, size := []byte{}, 0
	for _, part := range parts {
		size += len(part)
		if part == nil {
			whole = nil
		}
		if whole != nil {
			whole = append(whole, part...)
		}
	}
	if size > feishuLargest { // no click is as long
		whole = nil
		p.forget(id)
	}
	if len(p.order) > mostPartial {
		delete(p.open, p.order[0])
		p.order = p.order[1:]
	}
	if whole != nil {
		p.forget(id)
	}
	return whole
}

func (p *pieces) forget(id string) {
	delete(p.open, id)
	p.order = slices.DeleteFunc(p.order, func(x string) bool { return x == id })
}
