package playbooks

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestPromised reads the times that statements give. Published on a Wednesday, 5 August
// 2026, 20:10.
func TestPromised(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	now := time.Date(2026, 8, 5, 20, 10, 0, 0, zone)
	const u, r, f = crisis.PromiseUpdate, crisis.PromiseResult, crisis.PromiseFollowUp
	for text, want := range map[string]string{
		"我们将于今日22时前发布最新情况。":              u + " 08-05 22:00",
		"我们将于8月6日18时前发布最新情况。":            u + " 08-06 18:00",
		"下次更新：8月6日18时。":                  u + " 08-06 18:00",
		"下一次通报：8月6日18:30。":               u + " 08-06 18:30",
		"明天上午10点发布最新进展，将在官网公布。":          u + " 08-06 10:00",
		"将于明日上午10时公布最新情况。":               u + " 08-06 10:00",
		"8月6日12时前公布核实结果。":                r + " 08-06 12:00",
		"预计8月7日12时出结果。":                  r + " 08-07 12:00",
		"调查进展将在3个工作日内公布。":                u + " 08-11 00:00",
		"处理结果将在3个工作日内公布。":                r + " 08-11 00:00",
		"我们将在2小时内答复您。":                   f + " 08-05 22:10",
		"每2小时更新一次，直至恢复供水。":               u + " 08-05 22:10",
		"预计今晚11点恢复供水。":                   f + " 08-05 23:00",
		"预计8月5日24时恢复供水。":                 f + " 08-06 00:00",
		"力争明日凌晨5点半恢复供电。":                 f + " 08-06 05:30",
		"9月5日公布复查结果，我们将于9月5日前公布。":        r + " 09-06 00:00",
		"整改将于9月5日前完成。":                   f + " 09-06 00:00",
		"8月5日14时20分发生火情，我们将于22时前发布最新进展。": u + " 08-05 22:00",
		"不晚于8月6日12时通报。":                  u + " 08-06 12:00",
		"将于2027年1月3日公布调查结果。":             r + " 01-04 00:00",
		"我们将于1月3日公布最新情况。":                u + " 01-04 00:00",
		"8月6日18时前公布核实结果；8月6日22时前更新。":     r + " 08-06 18:00, " + u + " 08-06 22:00",
		"8月5日14时20分，城东区发生一起火情。":          "",
		"截至8月5日19时，已有12人就医。":             "",
		"8月5日18时，我们发布了首次通报。":             "",
		"后续情况将及时公布。":                     "",
		"消防救援人员已于15时到达现场。":               "",
		"感谢大家的关心。":                       "",
		"将于8月5日18时前发布。":                  "",
	} {
		var got []string
		for _, g := range Promised(text, now, nil) {
			got = append(got, g.Kind+" "+g.Due.Format("01-02 15:04"))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: %q, want %q", text, s, want)
		}
	}
	holiday := func(d time.Time) bool {
		return d.Day() != 6 && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	}
	if g := Promised("将在1个工作日内公布结果。", now, holiday); len(g) != 1 || g[0].Due.Format("01-02") != "08-08" {
		t.Errorf("with a holiday: %+v", g)
	}
	if g := Promised("每30分钟更新一次。", now, nil); len(g) != 1 || g[0].Every != 30*time.Minute {
		t.Errorf("a promise that repeats: %+v", g)
	}
}

// FuzzPromised holds that no promise lies before the statement that gives it.
func FuzzPromised(f *testing.F) {
	f.Add("我们将于8月6日18时前发布最新情况。每2小时更新。3个工作日内答复。", int64(1786000000))
	f.Add("将于2月30日25时公布；下次更新99:99", int64(0))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		now := time.Unix(at%4e9, 0).In(time.FixedZone("", 8*3600))
		for _, g := range Promised(text, now, nil) {
			if !g.Due.After(now) || g.What == "" || g.Every < 0 {
				t.Errorf("%q at %v promises %+v", text, now, g)
			}
		}
	})
}
