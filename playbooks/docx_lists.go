package playbooks

import (
	"cmp"
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
)

// wordStyle is what a style of paragraphs says: the level of a heading, and a list.
type wordStyle struct {
	name, based string
	outline     string // outlineLvl as written
	list, level string // numId and ilvl as written
}

// styles reads the styles of the package by their ids.
func (p *wordPackage) styles() (map[string]*wordStyle, error) {
	all := map[string]*wordStyle{}
	s := &wordStyle{}
	err := p.read(p.folder+"/styles.xml", func(dec *xml.Decoder) error {
		return elements(dec, func(t xml.StartElement) error {
			val := attr(t, "val")
			switch t.Name.Local {
			case "style":
				s = &wordStyle{}
				if kind := attr(t, "type"); kind == "" || kind == "paragraph" {
					all[attr(t, "styleId")] = s
				}
			case "name":
				s.name = val
			case "basedOn":
				s.based = val
			case "outlineLvl":
				s.outline = val
			case "numId":
				s.list = val
			case "ilvl":
				s.level = val
			}
			return nil
		})
	})
	return all, err
}

var headingName = regexp.MustCompile(`^(?:heading|标题)([1-9])$`)

// styleOf returns a style with what it takes over from those it is based on, and the
// level of its headings; 0 is text. A style that the file does not describe is known by
// its id.
func (w *wordReader) styleOf(id string) (s wordStyle, level int) {
	if w.styles[id] == nil {
		s.name = id
	}
	for range 20 {
		at := w.styles[id]
		if at == nil {
			break
		}
		if s.name == "" {
			s.name = at.name
		}
		if m := headingName.FindStringSubmatch(plainName(at.name)); m != nil && level == 0 && s.outline == "" {
			level, _ = strconv.Atoi(m[1])
		}
		if s.outline == "" {
			s.outline = at.outline
		}
		if s.list == "" {
			s.list, s.level = at.list, at.level
		}
		id = at.based
	}
	s.name = plainName(s.name)
	if m := headingName.FindStringSubmatch(s.name); m != nil {
		level, _ = strconv.Atoi(m[1])
	} else if s.outline != "" {
		level = outlineLevel(s.outline)
	}
	return s, level
}

// plainName makes names of styles comparable: heading 1, Heading1, 标题 1.
func plainName(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(s), ""))
}

// outlineLevel is the level of a heading, 0 for text.
func outlineLevel(val string) int {
	n, err := strconv.Atoi(val)
	if err != nil || n < 0 || n > 8 {
		return 0
	}
	return n + 1
}

// wordLists are the automatic numbers of a document. They stand in no paragraph: who
// reads only the text loses them, and with them what is a step.
type wordLists struct {
	abstract map[string]*[9]listLevel // by abstractNumId
	lists    map[string]*wordList     // by numId
	counts   map[string]*[9]int       // by abstractNumId: lists of one kind count on
}

type listLevel struct {
	start       int
	format      string // numFmt: decimal, chineseCounting, bullet
	text        string // lvlText: %1、
	legal       bool   // all numbers as 1, 2, 3
	style       string // paragraphs of this style are on the level
	hasRestart  bool
	restartedBy int // level (from 1) whose paragraphs begin the count anew
}

// wordList is one list: the kind it is of, and what it does otherwise.
type wordList struct {
	abstract string
	starts   map[int]int // by level
	begun    map[int]bool
	levels   map[int]*listLevel // levels that are defined anew
}

// lists reads the automatic numbers of the package.
func (p *wordPackage) lists() (*wordLists, error) {
	l := &wordLists{abstract: map[string]*[9]listLevel{}, lists: map[string]*wordList{}, counts: map[string]*[9]int{}}
	kind, level, list, override := &[9]listLevel{}, &listLevel{}, (*wordList)(nil), 0
	err := p.read(p.folder+"/numbering.xml", func(dec *xml.Decoder) error {
		return elements(dec, func(t xml.StartElement) error {
			val := attr(t, "val")
			number, _ := strconv.Atoi(val)
			switch t.Name.Local {
			case "abstractNum":
				kind, list = &[9]listLevel{}, nil
				l.abstract[attr(t, "abstractNumId")] = kind
			case "num":
				list = &wordList{starts: map[int]int{}, begun: map[int]bool{}, levels: map[int]*listLevel{}}
				l.lists[attr(t, "numId")] = list
			case "abstractNumId":
				if list != nil {
					list.abstract = val
				}
			case "lvlOverride":
				override = levelIndex(attr(t, "ilvl"))
			case "startOverride":
				if list != nil {
					list.starts[override] = number
				}
			case "lvl":
				level = &kind[levelIndex(attr(t, "ilvl"))]
				if list != nil { // its own definition of the level
					level = &listLevel{}
					list.levels[levelIndex(attr(t, "ilvl"))] = level
				}
				level.start = 1
			default:
				level.read(t.Name.Local, val, number)
			}
			return nil
		})
	})
	return l, err
}

// read takes one property of a level.
func (v *listLevel) read(name, val string, number int) {
	switch name {
	case "start":
		v.start = number
	case "numFmt":
		v.format = val
	case "lvlText":
		v.text = val
	case "isLgl":
		v.legal = val != "0" && val != "false"
	case "pStyle":
		v.style = val
	case "lvlRestart":
		v.hasRestart, v.restartedBy = true, number
	}
}

func levelIndex(val string) int {
	n, err := strconv.Atoi(val)
	if err != nil {
		return 0
	}
	return min(max(n, 0), 8)
}

// mark counts a paragraph of a list and returns what stands before it: 1. or （二）, "•"
// for a sign without number, "" for none.
func (l *wordLists) mark(id, ilvl, style string) string {
	list := l.lists[id]
	if list == nil || l.abstract[list.abstract] == nil {
		return ""
	}
	kind := *l.abstract[list.abstract]
	for n, v := range list.levels {
		if v.format != "" {
			kind[n] = *v
		}
	}
	at := levelIndex(ilvl)
	if ilvl == "" {
		for n := range kind {
			if style != "" && kind[n].style == style {
				at = n
			}
		}
	}
	counts := l.counts[list.abstract]
	if counts == nil {
		counts = &[9]int{}
		l.counts[list.abstract] = counts
	}
	if start, ok := list.starts[at]; ok && !list.begun[at] {
		counts[at], list.begun[at] = start, true
	} else if counts[at] == 0 {
		counts[at] = max(kind[at].start, 1)
		if kind[at].start == 0 && kind[at].format != "" {
			counts[at] = 1
		}
	} else {
		counts[at]++
	}
	for n := at + 1; n < len(counts); n++ {
		if v := &kind[n]; !v.hasRestart || v.restartedBy > at {
			counts[n] = 0
		}
	}
	return kind[at].label(&kind, counts)
}

// label writes the number of a paragraph on the level.
func (v *listLevel) label(kind *[9]listLevel, counts *[9]int) string {
	switch v.format {
	case "bullet":
		return "•"
	case "none", "":
		return strings.TrimSpace(placeOfNumber.ReplaceAllString(v.text, ""))
	}
	return strings.TrimSpace(placeOfNumber.ReplaceAllStringFunc(v.text, func(place string) string {
		n := int(place[1] - '1')
		format := kind[n].format
		if v.legal {
			format = "decimal"
		}
		return numberIn(format, max(cmp.Or(counts[n], kind[n].start), 1))
	}))
}

var placeOfNumber = regexp.MustCompile(`%[1-9]`)

// numberIn writes a number as a format of Word does.
func numberIn(format string, n int) string {
	switch format {
	case "chineseCounting", "chineseCountingThousand", "chineseLegalSimplified", "japaneseCounting", "taiwaneseCounting",
		"taiwaneseCountingThousand", "ideographDigital", "koreanCounting":
		return hanNumber(n)
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if n <= 20 {
			return string(rune('①' + n - 1))
		}
	case "lowerLetter", "upperLetter":
		first := rune('a')
		if format == "upperLetter" {
			first = 'A'
		}
		return strings.Repeat(string(first+rune((n-1)%26)), min((n-1)/26+1, 9))
	case "lowerRoman":
		return strings.ToLower(romanNumber(n))
	case "upperRoman":
		return romanNumber(n)
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "decimalFullWidth", "decimalFullWidth2":
		return strings.Map(func(r rune) rune { return r - '0' + '０' }, strconv.Itoa(n))
	}
	return strconv.Itoa(n)
}

// hanNumber writes a number up to 99 in Chinese: 三, 十二, 二十.
func hanNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return string(digits[n])
	}
	out := "十"
	if n >= 20 {
		out = string(digits[n/10]) + out
	}
	if n%10 > 0 {
		out += string(digits[n%10])
	}
	return out
}

func romanNumber(n int) string {
	if n > 399 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		n    int
		sign string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.n; n -= r.n {
			b.WriteString(r.sign)
		}
	}
	return b.String()
}
