package playbooks

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// planText is the text of a plan in lines. It is changed by the indentation of its
// lines; Amend reads the result again and compares, so a surprise is never written.
type planText struct{ lines []string }

// indent is the number of spaces a line begins with; -1 for one without content.
func indent(line string) int {
	rest := strings.TrimLeft(line, " ")
	if strings.TrimRight(rest, "\r") == "" {
		return -1
	}
	return len(line) - len(rest)
}

func comment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

// block is the end of what belongs to the line at from: lines indented deeper than
// depth, without the blank lines and comments that lead over to what follows.
func (t *planText) block(from, depth int) int {
	end := from + 1
	for i := from + 1; i < len(t.lines); i++ {
		n := indent(t.lines[i])
		if n >= 0 && n <= depth {
			break
		}
		if n > depth {
			end = i + 1
		}
	}
	return end
}

// steps returns where the steps begin and end, with the comments directly before
// each, and the column of their dashes.
func (t *planText) steps() (spans [][2]int, dash int, err error) {
	head := slices.IndexFunc(t.lines, func(l string) bool { return strings.HasPrefix(l, "steps:") })
	if head < 0 || strings.TrimSpace(strings.TrimPrefix(t.lines[head], "steps:")) != "" && !strings.HasPrefix(strings.TrimSpace(t.lines[head][6:]), "#") {
		return nil, 0, fmt.Errorf("the steps are not written as lines that begin with a dash")
	}
	dash = -1
	from := head + 1
	for i := head + 1; i < len(t.lines); i++ {
		n := indent(t.lines[i])
		if n < 0 || comment(t.lines[i]) && (dash < 0 || n <= dash) {
			continue
		}
		if dash < 0 && strings.HasPrefix(t.lines[i][n:], "-") {
			dash = n
		}
		if n < dash || n == dash && !strings.HasPrefix(t.lines[i][n:], "-") || dash < 0 {
			break
		}
		if n == dash {
			end := t.block(i, dash)
			start := i
			for start > from && comment(t.lines[start-1]) {
				start--
			}
			spans = append(spans, [2]int{start, end})
			from, i = end, end-1
		}
	}
	return spans, max(dash, 0), nil
}

// apply makes the change to the text; after is what the plan has to say then.
func (t *planText) apply(c Change, after *Playbook) error {
	if c.Op == Bump {
		return t.setHead("version", after.Version, reflect.String)
	}
	if c.Op == Set && c.Step == "" {
		return t.setHead(c.Key, c.Value, kindOfKey(after, c.Key))
	}
	spans, dash, err := t.steps()
	if err != nil {
		return err
	}
	at := func(id string) (int, error) {
		for i, span := range spans {
			if t.stepID(span) == id {
				return i, nil
			}
		}
		return 0, fmt.Errorf("the step %q does not begin with a line of its own", id)
	}
	if c.Op == Insert {
		return t.insert(renderStep(c.New, dash), c.After, spans, at)
	}
	i, err := at(c.Step)
	if err != nil {
		return err
	}
	span := spans[i]
	if c.Op == Set {
		place, err := after.place(c.Step)
		if err != nil {
			place, err = after.place(c.Value) // the id itself was changed
		}
		if err != nil {
			return err
		}
		return t.setStep(span, dash, c, &after.Steps[place])
	}
	cut := slices.Clone(t.lines[span[0]:span[1]])
	t.lines = slices.Delete(t.lines, span[0], span[1])
	if c.Op == Drop {
		return nil
	}
	if spans, _, err = t.steps(); err != nil {
		return err
	}
	return t.insert(cut, c.After, spans, at)
}

// stepID reads the id of the step in a span of lines.
func (t *planText) stepID(span [2]int) string {
	var steps struct {
		Steps []Step `yaml:"steps"`
	}
	decode("", []byte("steps:\n"+strings.Join(t.lines[span[0]:span[1]], "\n")+"\n"), &steps)
	if len(steps.Steps) != 1 {
		return ""
	}
	return steps.Steps[0].ID
}

func (t *planText) insert(lines []string, after string, spans [][2]int, at func(string) (int, error)) error {
	if len(spans) == 0 {
		return fmt.Errorf("the plan has no other step")
	}
	line := spans[0][0]
	if after != "" {
		for i, span := range spans {
			if t.stepID(span) == after {
				line = spans[i][1]
				t.lines = slices.Insert(t.lines, line, lines...)
				return nil
			}
		}
		_, err := at(after)
		return err
	}
	t.lines = slices.Insert(t.lines, line, lines...)
	return nil
}

// setHead sets a key of the plan itself.
func (t *planText) setHead(key, value string, kind reflect.Kind) error {
	for i, l := range t.lines {
		if strings.HasPrefix(l, key+":") {
			return t.setLine(i, t.block(i, 0), "", key, value, kind)
		}
	}
	at := slices.IndexFunc(t.lines, func(l string) bool { return strings.HasPrefix(l, "version:") })
	if value != "" {
		t.lines = slices.Insert(t.lines, at+1, key+": "+scalar(value, kind))
	}
	return nil
}

// setStep sets a key of one step.
func (t *planText) setStep(span [2]int, dash int, c Change, s *Step) error {
	first := span[0]
	for comment(t.lines[first]) || indent(t.lines[first]) < 0 {
		first++
	}
	inner := strings.TrimLeft(t.lines[first][dash+1:], " ")
	if strings.HasPrefix(inner, "{") {
		t.lines = slices.Replace(t.lines, first, span[1], renderStep(s, dash)...)
		return nil
	}
	column := len(t.lines[first]) - len(inner)
	kind := kindOfKey(s, c.Key)
	for i := first; i < span[1]; i++ {
		l := t.lines[i]
		if i == first {
			l = strings.Repeat(" ", column) + inner
		}
		if indent(l) != column || !strings.HasPrefix(l[column:], c.Key+":") {
			continue
		}
		return t.setLine(i, min(t.block(i, column), span[1]), t.lines[i][:column], c.Key, c.Value, kind)
	}
	if c.Value != "" {
		t.lines = slices.Insert(t.lines, span[1], strings.Repeat(" ", column)+c.Key+": "+scalar(c.Value, kind))
	}
	return nil
}

// setLine writes a key in place of the lines from i to end. A comment behind a value
// of one line stays.
func (t *planText) setLine(i, end int, lead, key, value string, kind reflect.Kind) error {
	if value == "" {
		if strings.Contains(lead, "-") {
			return fmt.Errorf("the first key of a step cannot be removed")
		}
		t.lines = slices.Delete(t.lines, i, end)
		return nil
	}
	line := lead + key + ": " + scalar(value, kind)
	if at := strings.Index(t.lines[i], " #"); at > 0 && end == i+1 && !strings.ContainsAny(t.lines[i][:at], `"'`) {
		line += t.lines[i][at:]
	}
	t.lines = slices.Replace(t.lines, i, end, line)
	return nil
}

func kindOfKey(v any, key string) reflect.Kind {
	t := reflect.TypeOf(v).Elem()
	index, ok := fieldsOf(t)[key]
	if !ok {
		return reflect.Invalid
	}
	return t.FieldByIndex(index).Type.Kind()
}

// scalar writes a value: a text in quotation marks if YAML would read it otherwise,
// anything else as it is.
func scalar(value string, kind reflect.Kind) string {
	if kind != reflect.String {
		return value
	}
	for _, form := range []string{"a: %s", "{a: %s, b: c}"} {
		var v struct {
			A string `yaml:"a"`
			B string `yaml:"b"`
		}
		if s := decode("", fmt.Appendf(nil, form, value), &v); len(s.problems) > 0 || v.A != value {
			return quote(value)
		}
	}
	return value
}

func quote(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic("playbooks: " + err.Error()) // unreachable: a string can be encoded
	}
	return strings.TrimSpace(b.String())
}

// renderStep writes a step as the shipped plans do, the dash in the given column.
func renderStep(s *Step, dash int) []string {
	text := func(v string) string { return scalar(v, reflect.String) }
	list := func(items []string) string { return "[" + strings.Join(items, ", ") + "]" }
	var levelNames []string
	for _, l := range s.Levels {
		levelNames = append(levelNames, l.String())
	}
	var limits []string
	for _, l := range s.Limit {
		limits = append(limits, text(l))
	}
	keys := [][2]string{
		{"id", text(s.ID)},
		{"phase", text(s.Phase)},
		{"title", "{zh: " + text(s.Title.ZH) + ", en: " + text(s.Title.EN) + "}"},
		{"role", text(s.Role)},
		{"levels", list(levelNames)},
		{"due_from", text(string(s.DueFrom))},
		{"due_after", renderSpans(s.DueAfter)},
		{"repeat_every", renderSpans(s.RepeatEvery)},
		{"repeat_until", text(s.RepeatUntil)},
		{"text", text(s.Text)},
		{"evidence", "{kind: " + text(s.Evidence.Kind) + ", ask: " + text(s.Evidence.Ask) + "}"},
		{"template", text(s.Template)},
		{"limit", list(limits)},
	}
	var out []string
	lead := strings.Repeat(" ", dash) + "- "
	for _, k := range keys {
		if k[1] == "" || k[1] == "[]" || k[1] == `""` {
			continue
		}
		out = append(out, lead+k[0]+": "+k[1])
		lead = strings.Repeat(" ", dash+2)
	}
	return out
}

// renderSpans writes durations as a plan does.
func renderSpans(d Durations) string {
	one := func(v crisis.Span) string {
		if v.Days > 0 || v.Time%time.Minute != 0 {
			return v.String()
		}
		return spanEN(v.Time)
	}
	if v, ok := d[crisis.LevelNone]; ok && len(d) == 1 {
		return one(v)
	}
	var parts []string
	for _, level := range levels {
		if v, ok := d[level]; ok {
			parts = append(parts, level.String()+": "+one(v))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
