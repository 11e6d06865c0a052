package playbooks

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

func TestPropose(t *testing.T) {
	hour := func(observed, expected float64) crisis.Signal {
		return crisis.Signal{Detector: "surge", Window: time.Hour, Observed: observed, Expected: expected, Voices: int(observed)}
	}
	tests := []struct {
		name      string
		s         crisis.Signal
		platforms int
		want      crisis.Level
		why       string
	}{
		{"below every rule", hour(6, 1), 1, crisis.LevelIV, "未达到更高等级的门槛"},
		{"three times", hour(30, 10), 1, crisis.LevelIV, "1小时声量达平常3倍（近1小时30条，平常10条，约3.0倍）"},
		{"eight times", hour(80, 10), 1, crisis.LevelIII, "约8.0倍"},
		{"eight times of next to nothing", hour(9, 0.2), 1, crisis.LevelIV, "未达到更高等级的门槛"},
		{"twenty times for one hour only", hour(250, 10), 1, crisis.LevelIII, "1小时声量达平常8倍"},
		{"so much that three hours are full of it", hour(700, 10), 1, crisis.LevelII, "3小时声量达平常20倍"},
		{"twenty times for three hours", crisis.Signal{Detector: "surge", Window: 3 * time.Hour, Observed: 600, Expected: 30, Voices: 600}, 1, crisis.LevelII, "近3小时600条"},
		{"usual count below one", hour(40, 0.5), 1, crisis.LevelIII, "平常不足1条"},
		{"three platforms", hour(40, 20), 3, crisis.LevelIII, "扩散到3个以上平台（3个平台，40条）"},
		{"three platforms with few voices", hour(12, 20), 3, crisis.LevelIV, ""},
		{"negative", crisis.Signal{Detector: "mood", Window: 3 * time.Hour, Observed: 0.6, Expected: 0.2, Voices: 30, Negative: 18}, 1, crisis.LevelIV, "负面占比过半（近3小时30条中负面18条，占60%）"},
		{"a wave by few authors is not attention", crisis.Signal{Detector: "flood", Window: time.Hour, Observed: 900, Expected: 10, Voices: 6}, 1, crisis.LevelIV, "少数账号刷屏"},
		{"hot board", crisis.Signal{Detector: "board", Observed: 1}, 1, crisis.LevelII, "登上热榜"},
		{"our own statement", crisis.Signal{Detector: "statement"}, 1, crisis.LevelIII, "本单位声明引发二次质疑"},
		{"the detector knows more", crisis.Signal{Detector: "surge", Level: crisis.LevelII, Window: time.Hour, Observed: 250, Expected: 10, Voices: 250}, 1, crisis.LevelII, "声量突增信号的强度已达此级"},
		{"the rules know more", crisis.Signal{Detector: "surge", Level: crisis.LevelIV, Window: time.Hour, Observed: 90, Expected: 10, Voices: 90}, 1, crisis.LevelIII, "1小时声量达平常8倍"},
		{"both agree", crisis.Signal{Detector: "surge", Level: crisis.LevelIII, Window: time.Hour, Observed: 90, Expected: 10, Voices: 90}, 1, crisis.LevelIII, "约9.0倍"},
		{"nothing", crisis.Signal{}, 0, crisis.LevelIV, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			level, why := Propose(tt.s, tt.platforms)
			if level != tt.want || !strings.Contains(why.ZH, tt.why) || !strings.HasPrefix(why.ZH, "建议舆情"+level.String()+"级") {
				t.Errorf("Propose = %s %q, want %s %q", level, why.ZH, tt.want, tt.why)
			}
			if !strings.HasPrefix(why.EN, "opinion level "+level.String()+" (") || han.MatchString(why.EN) {
				t.Errorf("the reason in English is %q", why.EN)
			}
		})
	}
}

// More of the same never looks less grave.
func TestProposeIsMonotonic(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 2000).Draw(rt, "posts")
		more := n + rapid.IntRange(0, 2000).Draw(rt, "more")
		s := crisis.Signal{
			Detector: "surge", Expected: rapid.Float64Range(0, 100).Draw(rt, "expected"),
			Window: time.Duration(rapid.IntRange(1, 300).Draw(rt, "minutes")) * time.Minute,
		}
		platforms := rapid.IntRange(0, 5).Draw(rt, "platforms")
		at := func(posts, platforms int) crisis.Level {
			s.Observed, s.Voices = float64(posts), posts
			l, _ := Propose(s, platforms)
			return l
		}
		if a, b := at(n, platforms), at(more, platforms+1); a.Graver(b) {
			rt.Fatalf("%d posts are %s, %d posts on more platforms are %s", n, a, more, b)
		}
	})
}
