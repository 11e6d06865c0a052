package playbooks

import (
	"maps"
	"slices"
)

// filled are the placeholders that the machine can fill from an incident, and what
// it puts there. All others are for the person who drafts.
var filled = map[string]Text{
	"org":           {"单位名称", "name of the organisation"},
	"issue_time":    {"发布时间", "time of publication"},
	"as_of":         {"数据截止时间", "time up to which the numbers count"},
	"event_time":    {"事发时间", "when it happened"},
	"aware_time":    {"获悉时间", "when we learnt of it"},
	"topic":         {"议题名称", "title of the topic"},
	"place":         {"地点", "place"},
	"n":             {"第几次、第几版", "number of the update or version"},
	"level":         {"响应级别", "response level"},
	"event_level":   {"事件等级", "event level"},
	"opinion_level": {"舆情等级", "opinion level"},
	"count":         {"帖文条数", "number of posts"},
	"neg_share":     {"负面占比", "share of negative posts"},
	"platforms":     {"主要平台", "platforms with most posts"},
	"trend":         {"走势", "how it develops"},
	"first_source":  {"首发处", "where it was said first"},
	"contact":       {"联系方式", "contact of the organisation"},
	"earlier_time":  {"上次发布时间", "time of the earlier statement"},
	"earlier_title": {"上次发布的标题", "title of the earlier statement"},
	"actions_taken": {"已做的工作", "steps done so far"},
	"approver":      {"核定人", "who approved"},
}

// Filled returns the names of the placeholders that the machine fills from an
// incident, sorted.
func Filled() []string { return slices.Sorted(maps.Keys(filled)) }

// FilledWith says in words what the machine puts into a placeholder; false when a
// person has to fill it.
func FilledWith(name string) (Text, bool) {
	t, ok := filled[name]
	return t, ok
}

// loose returns the placeholders of a template that nobody has to fill before it
// is published: neither the machine nor, by must_have, a person.
func (s *Statement) loose() []string {
	var out []string
	for _, name := range s.Placeholders() {
		if _, ok := filled[name]; !ok && !slices.Contains(s.MustHave, name) {
			out = append(out, name)
		}
	}
	return out
}
