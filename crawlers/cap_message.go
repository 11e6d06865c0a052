package crawlers

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

const (
	// capNamespace is that of CAP 1.2.
	capNamespace = "urn:oasis:names:tc:emergency:cap:1.2"
	// capLongest is the largest document that is read, in bytes: the longest real ones,
	// with polygons of whole provinces, have a few hundred kilobytes.
	capLongest = 1 << 20
)

// capLevels are the levels of the severities; a warning of unknown severity has none.
var capLevels = map[string]crisis.Level{
	"Extreme": crisis.LevelI, "Severe": crisis.LevelII, "Moderate": crisis.LevelIII, "Minor": crisis.LevelIV,
}

// capAlert is one message, as far as it matters here.
type capAlert struct {
	Identifier string    `xml:"identifier"`
	Sender     string    `xml:"sender"`
	Sent       string    `xml:"sent"`
	Status     string    `xml:"status"`
	MsgType    string    `xml:"msgType"`
	Note       string    `xml:"note"`
	References string    `xml:"references"`
	Infos      []capInfo `xml:"info"`
}

type capInfo struct {
	Language    string    `xml:"language"`
	Event       string    `xml:"event"`
	Severity    string    `xml:"severity"`
	Expires     string    `xml:"expires"`
	SenderName  string    `xml:"senderName"`
	Headline    string    `xml:"headline"`
	Description string    `xml:"description"`
	Instruction string    `xml:"instruction"`
	Web         string    `xml:"web"`
	Areas       []capArea `xml:"area"`
}

type capArea struct {
	Desc string `xml:"areaDesc"`
}

// isCAP says whether the root of a document is that of a CAP message.
func isCAP(body []byte) bool {
	_, root, err := capRoot(body)
	return err == nil && root.Name.Local == "alert"
}

// capRoot reads up to the root. A document type could declare entities, which grow
// without end or fetch files, and no CAP message needs one.
func capRoot(body []byte) (*xml.Decoder, xml.StartElement, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // Web has made it UTF-8
	for {
		token, err := d.Token()
		if err != nil {
			return nil, xml.StartElement{}, err
		}
		switch x := token.(type) {
		case xml.Directive:
			return nil, xml.StartElement{}, errors.New("it has a document type, which CAP does not")
		case xml.StartElement:
			return d, x, nil
		}
	}
}

// parseCAP reads one message.
func parseCAP(body []byte) (*capAlert, error) {
	if len(body) > capLongest {
		return nil, fmt.Errorf("it is larger than %d bytes", capLongest)
	}
	d, root, err := capRoot(body)
	if err != nil {
		return nil, err
	}
	if root.Name.Local != "alert" || root.Name.Space != capNamespace {
		return nil, fmt.Errorf("its root is %.60q of %.60q, not alert of CAP 1.2", root.Name.Local, root.Name.Space)
	}
	var m capAlert
	if err := d.DecodeElement(&m, &root); err != nil {
		return nil, err
	}
	for _, s := range []*string{&m.Identifier, &m.Sender, &m.Sent, &m.Status, &m.MsgType} {
		if *s = oneLine(*s); *s == "" || len(*s) > 1000 {
			return nil, errors.New("identifier, sender, sent, status or msgType is missing or endless")
		}
	}
	for i := range m.Infos {
		x := &m.Infos[i]
		x.Severity, x.Language = oneLine(x.Severity), oneLine(x.Language)
	}
	return &m, nil
}

// info chooses what to read of a message: in Chinese if there is any, of an area that
// fits, the gravest. It is nil when no area fits or nothing is said.
func (m *capAlert) info(areas []string) *capInfo {
	chinese := slices.ContainsFunc(m.Infos, func(x capInfo) bool { return x.chinese() })
	var best *capInfo
	for i := range m.Infos {
		x := &m.Infos[i]
		switch {
		case chinese && !x.chinese(), !x.concerns(areas), Plain(x.Headline+x.Event+x.Description) == "":
		case best == nil, capLevels[x.Severity].Graver(capLevels[best.Severity]):
			best = x
		}
	}
	return best
}

func (x *capInfo) chinese() bool { return strings.HasPrefix(strings.ToLower(x.Language), "zh") }

func (x *capInfo) concerns(areas []string) bool {
	return len(areas) == 0 || slices.ContainsFunc(x.Areas, func(a capArea) bool {
		return slices.ContainsFunc(areas, func(word string) bool { return strings.Contains(a.Desc, strings.TrimSpace(word)) })
	})
}

// post is the message as a statement of an authority.
func (m *capAlert) post(x *capInfo, at string, sent time.Time) crisis.Post {
	var areas []string
	for _, a := range x.Areas {
		if s := oneLine(a.Desc); s != "" {
			areas = append(areas, s)
		}
	}
	p := crisis.Post{
		ID: m.Identifier, Kind: crisis.KindWarning, URL: cmp.Or(address(at, x.Web), at), Title: cmp.Or(Plain(x.Headline), Plain(x.Event)),
		Text: tidy(Plain(x.Description) + "\n" + Plain(x.Instruction)), Lang: x.Language, Author: m.Sender, Place: strings.Join(areas, "、"),
		Published: sent, Precision: crisis.PrecisionSecond,
	}
	if sent.IsZero() {
		p.Precision = crisis.PrecisionNone
	}
	if len(p.ID) > 200 {
		p.ID = madeID(p.ID)
	}
	return p
}

// referred finds among the messages that were handed in the one that this message is
// about, and returns its identifier.
func (m *capAlert) referred(known []string) string {
	for ref := range strings.FieldsSeq(m.References) {
		parts := strings.Split(ref, ",")
		if len(parts) == 3 && slices.Contains(known, madeID(parts[0], parts[1], parts[2])) {
			return parts[1]
		}
	}
	return ""
}
