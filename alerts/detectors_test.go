package alerts

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestDetectorsExplained wants each detector to say in both languages what it found,
// in numbers that a reader can check.
func TestDetectorsExplained(t *testing.T) {
	at := time.Date(2026, 3, 16, 2, 0, 0, 0, time.UTC)
	share := crisis.Signal{At: at, Window: time.Hour, Observed: 0.5, Expected: 0.1, Low: 0.05, High: 0.2, Voices: 40, Negative: 22, Coverage: 1}
	with := func(detector string, cue crisis.Cue) crisis.Signal {
		s := share
		s.Detector, s.Cue, s.Since = detector, cue, at.Add(-time.Hour)
		return s
	}
	board := crisis.Signal{Detector: "board", At: at, Window: 30 * time.Minute, Observed: 3, Expected: 51, Low: 51, High: 51}
	climbing := board
	climbing.Expected, climbing.Low = 20, 20
	for _, x := range []struct {
		signal crisis.Signal
		zh, en []string
	}{
		{with("emotion", crisis.CueAngry), []string{"谈到「停水」的人里，愤怒的明显增多。", "愤怒占比：最近 40 人（09:00以来）中有 20 人，占 50%", "平常 10%"}, []string{"are angry.", "Share of angry posts: of the last 40 voices (since 09:00) 20, 50%"}},
		{with("emotion", crisis.CueFear), []string{"恐慌的明显增多", "恐慌占比"}, []string{"are afraid", "fearful"}},
		{with("claim", crisis.CueRumour), []string{"关于「停水」的传言明显增多，尚待核实", "传言占比"}, []string{"Hearsay about “停水”", "hearsay"}},
		{with("claim", crisis.CueOld), []string{"旧事当新闻传", "旧事重提占比"}, []string{"past years", "old news"}},
		{with("claim", crisis.CueImitation), []string{"通报格式的消息，涉及「停水」，请核对是不是本单位发的", "仿通报占比"}, []string{"in the form of an official notice", "imitated notice"}},
		{with("statement", crisis.CueNegative), []string{"我们发声明之后，「停水」的质疑不降反升", "09:00发布声明后，40 人中有 20 人负面，占 50%", "发布前 10%"}, []string{"Since our statement", "After the statement of 09:00, of 40 voices 20 are negative, 50%", "before it 10%"}},
		{board, []string{"「停水」上了热榜，排第 3 位", "09:30–10:00 热榜最高第 3 位，前一天没有上榜"}, []string{"at place 3", "not listed in the day before"}},
		{climbing, []string{"前一天最高第 20 位"}, []string{"at best 20 in the day before"}},
		{crisis.Signal{Detector: "fall", At: at, Window: time.Hour, Observed: 2, Expected: 30, Low: 20, High: 42, Coverage: 1}, []string{"09:00–10:00 发声只有 2 人，平常 30.0（20–42）", "来源有应答"}, []string{"only 2 voices, usually 30.0", "the sources answer"}},
	} {
		for lang, want := range map[string][]string{"zh": x.zh, "en": x.en} {
			text := Text(crisis.Alert{Kind: crisis.AlertOpened, Lang: lang, Zone: "Asia/Shanghai", Title: "停水", At: at, Signals: []crisis.Signal{x.signal}})
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s %s, %s: the alert does not say %q:\n%s", x.signal.Detector, x.signal.Cue, lang, w, text)
				}
			}
			if strings.Contains(text, "%!") {
				t.Errorf("%s: %s", x.signal.Detector, text)
			}
		}
	}
}

// TestSourcesParted wants the parts of several sources, and none of a single one.
func TestSourcesParted(t *testing.T) {
	s := crisis.Signal{Detector: "surge", At: time.Date(2026, 3, 16, 2, 0, 0, 0, time.UTC), Window: time.Hour, Observed: 40, Expected: 5, Voices: 40, Coverage: 1}
	for want, x := range map[string]crisis.Signal{
		"见于论坛 75%、微播 25%。": {Sources: []string{"论坛", "微播"}, Parts: []float64{0.75, 0.25}},
		"见于论坛。":            {Sources: []string{"论坛"}, Parts: []float64{1}},
		"见于论坛、微播。":         {Sources: []string{"论坛", "微播"}},
	} {
		s.Sources, s.Parts = x.Sources, x.Parts
		if text := Text(crisis.Alert{Kind: crisis.AlertOpened, Lang: "zh", Zone: "Asia/Shanghai", At: s.At, Signals: []crisis.Signal{s}}); !strings.Contains(text, want) {
			t.Errorf("the alert does not say %q:\n%s", want, text)
		}
	}
}
