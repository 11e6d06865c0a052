package playbooks

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"watchfire/crisis"
)

// sortedKeys returns the keys of a map in their order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// subjects names topics of an own plan that no topic of the organisation carries
// and no shipped plan knows: most are typing errors, and then the plan stays shut.
func (e *examination) subjects(p *Playbook) {
	for i, tag := range p.Applies.Topics {
		if tag == "*" || e.tags[strings.ToLower(tag)] {
			continue
		}
		fix := Text{"给配置中的议题加上这个标签，或者删去这一项", "give the tag to a topic of the configuration, or take it out"}
		if near := nearest(strings.ToLower(tag), sortedKeys(e.tags)); near != "" {
			fix = Text{"是不是 " + near + "？" + fix.ZH, "did you mean " + near + "? " + fix.EN}
		}
		if strings.ContainsAny(tag, "，、“”") {
			fix = Text{"列表里用半角的逗号和引号，每个标签单独写", "write half-width commas and quotation marks in lists, each tag by itself"}
		}
		e.add(SeverityWarn, p, at("applies_when.topics", i), named(tag).say("没有议题带「%s」这个标签，预案不会因它启动", "no topic carries the tag %q, so it never opens the plan"), fix)
	}
}

// knownTags are the ids and tags of an organisation's topics and of shipped plans.
func knownTags(topics []crisis.Topic) map[string]bool {
	known := map[string]bool{}
	for _, p := range shipped().Playbooks() {
		for _, tag := range p.Applies.Topics {
			known[strings.ToLower(tag)] = true
		}
	}
	for i := range topics {
		for _, tag := range append([]string{topics[i].ID}, topics[i].Tags...) {
			known[strings.ToLower(tag)] = true
		}
	}
	return known
}

// topics names topics of the organisation that have no plan of their own, and tags
// that no plan answers to.
func (e *examination) topics() {
	for i := range e.Topics {
		topic := e.Topics[i]
		key := "topics." + topic.ID
		if topic.Playbook == "" {
			m := e.library.Match(Query{Topic: topic, Level: crisis.LevelIV})[0]
			if m.Playbook.ID == Generic {
				e.found = append(e.found, Finding{
					Severity: SeverityWarn, Key: key, Plan: Generic,
					What: named(topic.Name()).say("议题「%s」没有专门的预案，只能用通用预案", "the topic %q has no plan of its own; only the generic one fits"),
					Fix:  Text{"给议题加预案认得的标签（tags），或者为它写一个预案", "give the topic a tag that a plan answers to, or write a plan for it"},
				})
			}
		} else if _, ok := e.library.Playbook(topic.Playbook); !ok {
			e.found = append(e.found, Finding{
				Severity: SeverityError, Key: key + ".playbook", Plan: topic.Playbook,
				What: named(topic.Playbook).say("议题指定的预案「%s」不在预案库中", "the topic names the plan %q, which is not in the library"),
				Fix:  Text{"核对预案的 id", "write one of " + known(sortedKeys(e.library.playbooks))},
			})
		}
	}
}
