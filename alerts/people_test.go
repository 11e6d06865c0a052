package alerts

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// called is an alert of an incident at level II that nobody has acknowledged.
func called(kind crisis.AlertKind, lang string) crisis.Alert {
	now := time.Date(2026, 3, 16, 1, 27, 0, 0, time.UTC)
	late := crisis.Clock{Title: "核实范围", TitleEN: "Verify the area", Role: "值班员", RoleEN: "Duty officer", For: []string{"王强", "周洁"}, Due: now.Add(-17 * time.Minute)}
	soon := late
	soon.Title, soon.TitleEN, soon.Due = "起草首发", "Draft the statement", now.Add(3*time.Minute)
	red := crisis.Clock{
		Title: "5小时内发布权威信息", TitleEN: "Authoritative information within 5 h", RedLine: "law", Due: now.Add(4 * time.Hour),
		Source: "国办发〔2016〕80号《实施细则》", From: crisis.FromHappened, Begin: now.Add(-time.Hour),
	}
	return crisis.Alert{
		ID: "1.2.x", Kind: kind, Incident: "20260316-01", Lang: lang, Zone: "Asia/Shanghai", At: now, Title: "自来水水质", Level: crisis.LevelII, Since: now.Add(-time.Hour),
		Signals: []crisis.Signal{{Detector: "surge", At: now, Window: time.Hour, Observed: 214, Expected: 10, Low: 4, High: 20, Voices: 214, Posts: 230, Unique: 190}},
		Soon:    []crisis.Clock{soon}, Overdue: []crisis.Clock{late}, RedLines: []crisis.Clock{red},
	}
}

// TestCalls holds what those who are called read: why, who, what is late and by whom.
func TestCalls(t *testing.T) {
	for _, x := range []struct {
		name string
		a    func(lang string) crisis.Alert
		zh   []string
		en   []string
	}{
		{
			"a reminder names who is to do it", func(lang string) crisis.Alert { return called(crisis.AlertReminder, lang) },
			[]string{"时限将到（08:27起）", "起草首发（值班员 王强、周洁，09:30前）"},
			[]string{"time is nearly up", "Draft the statement (Duty officer 王强, 周洁, by 09:30)"},
		},
		{
			"nobody acknowledges", func(lang string) crisis.Alert {
				a := called(crisis.AlertEscalated, lang)
				a.Escalation, a.For = &crisis.Escalation{Why: crisis.WhyUnacknowledged, Rung: 1}, []string{"舆情办主任 李敏"}
				return a
			},
			[]string{"，无人签收", "催办：舆情办主任 李敏。请立即签收", "214 人谈到「自来水水质」", "超时未办：", "核实范围（值班员 王强、周洁，09:10前）", "红线：13:27 5小时内发布权威信息（国办发〔2016〕80号，按事发08:27计）"},
			[]string{"nobody has acknowledged", "Called: 舆情办主任 李敏. Acknowledge now", "Still overdue:", "counted from the event at 08:27"},
		},
		{
			"a step is still late", func(lang string) crisis.Alert {
				a := called(crisis.AlertEscalated, lang)
				a.Escalation, a.For = &crisis.Escalation{Why: crisis.WhyOverdue, Rung: 2}, []string{"分管领导"}
				return a
			},
			[]string{"超时未办，提级催办", "催办：分管领导。请督促责任人"},
			[]string{"still overdue, escalated", "See that it is done"},
		},
		{
			"the acknowledgement lapsed", func(lang string) crisis.Alert { return called(crisis.AlertLapsed, lang) },
			[]string{"签收失效，请重新签收", "签收后长时间没有任何操作"},
			[]string{"acknowledgement lapsed", "acknowledge again"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			for lang, want := range map[string][]string{"zh": x.zh, "en": x.en} {
				text := Text(x.a(lang))
				for _, w := range want {
					if !strings.Contains(text, w) {
						t.Errorf("%s: %q is missing in\n%s", lang, w, text)
					}
				}
				if n := len([]rune(Short(x.a(lang)))); n > lockScreen {
					t.Errorf("%s: the short form has %d characters", lang, n)
				}
			}
		})
	}
}
