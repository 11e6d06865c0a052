package crawlers

import (
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func TestParseTime(t *testing.T) {
	zone := time.FixedZone("+08", 8*3600)
	now := time.Date(2026, 11, 19, 0, 40, 0, 0, time.UTC) // 08:40 in zone
	half := "2026-11-19T00:30:00Z"
	for in, want := range map[string]string{
		"Thu, 19 Nov 2026 08:30:00 +0800": half, "Thu, 19 Nov 2026 00:30:00 GMT": half, "Thu, 19 Nov 2026 08:30:00 CST": half, "2026-11-19 08:30:00": half,
		"2026年11月19日 08:30": half, "1795048200": half, "1795048200000": half, "2026-11-19": "2026-11-18T16:00:00Z", "10分钟前": half, "今天 08:30": half, "11-19 08:30": half,
		"昨天 08:30": "2026-11-18T00:30:00Z", "[2026-11-19]": "2026-11-18T16:00:00Z", "12-31": "2025-12-30T16:00:00Z", "2099-01-01": "2026-11-19T00:40:00Z",
		"2026-11-19T00:30:00.123Z": half, "2026-11-19T08:30:00+08:00": half, "2026-11-19T08:30:00+0800": half, "2026-11-19T08:30+08:00": half, "2026-11-19 08:30:00.0": half, "20261119T003000Z": half,
		"Thu Nov 19 08:30:00 +0800 2026": half, "Mon, 19 Nov 2026 08:30:00 +0800": half, "19 Nov 26 00:30 GMT": half, "Thu, 19 Nov 2026 08:30:00 BJT": half, "Thu, 19 Nov 2026 08:30:00 XYZ": half,
		"Wed, 18 Nov 2026 19:30:00 EST": half, "Thu, 19 Nov 2026 08:30:00 +0800 (CST)": half, "Thu, 19 Nov 2026 9:30:00 JST": half,
		"2026/11/19 08:30": half, "2026.11.19 08:30": half, "2026年11月19日08时30分": half, "2026年11月19日 星期四 08:30": half, "2026-11-19 08:30 周四": half, "２０２６－１１－１９　０８：３０": half, "\u3000[2026-11-19 08:30]\u3000": half,
		"发布时间：2026-11-19 08:30 来源：云川日报": half, "2026-11-19T08:30:00.000": half, "20261119083000": half, "202611190830": half,
		"1795048200.5": half, "1795048200000000": half, "1795048200000000000": half, "1.7950482e9": half,
		"2小时前": "2026-11-18T22:40:00Z", "半小时前": "2026-11-19T00:10:00Z", "3天前": "2026-11-16T00:40:00Z", "2个月前": "2026-09-19T00:40:00Z", "1年前": "2025-11-19T00:40:00Z", "30秒前": "2026-11-19T00:39:30Z", "5 minutes ago": "2026-11-19T00:35:00Z",
		"刚刚": "2026-11-19T00:40:00Z", "昨天": "2026-11-17T16:00:00Z", "昨天10:20": "2026-11-18T02:20:00Z", "前天 下午 3:20": "2026-11-17T07:20:00Z", "08:30": half, "23:59": "2026-11-18T15:59:00Z",
		"11月19日 08:30": half, "11/18": "2026-11-17T16:00:00Z", "02-29": "2024-02-28T16:00:00Z", "20261119": "2026-11-18T16:00:00Z",
	} {
		got, _, ok := ParseTime(in, zone, now)
		if !ok || got.Format(time.RFC3339) != want {
			t.Errorf("ParseTime(%q) = %s, %v, want %s", in, got.Format(time.RFC3339), ok, want)
		}
	}
	for _, in := range []string{"", "soon", "0001-01-01T00:00:00Z", "32月1日", "1970-01-01", "今天 25:00", "0", "-1", "2026-13-40", "半", "今", "NaN", "1e99", strings.Repeat("9", 400)} {
		if got, _, ok := ParseTime(in, zone, now); ok {
			t.Errorf("ParseTime(%q) = %s, want none", in, got)
		}
	}
}

func TestPrecision(t *testing.T) {
	for in, want := range map[string]crisis.Precision{
		"2026-11-19 01:30:00": crisis.PrecisionSecond, "1795048200": crisis.PrecisionSecond, "2026-11-19 01:30": crisis.PrecisionMinute, "3分钟前": crisis.PrecisionMinute,
		"2026-11-18": crisis.PrecisionDay, "2026年11月18日": crisis.PrecisionDay, "3天前": crisis.PrecisionDay, "昨天": crisis.PrecisionDay, "11-18": crisis.PrecisionDay, "2099-01-01": crisis.PrecisionNone,
	} {
		if _, got, ok := ParseTime(in, time.UTC, testNow); !ok || got != want {
			t.Errorf("ParseTime(%q) has precision %s, %v, want %s", in, got, ok, want)
		}
	}
}

// TestCST holds that CST is the central time of the source's own zone.
func TestCST(t *testing.T) {
	for zone, want := range map[string]string{"Asia/Shanghai": "2026-11-19T00:30:00Z", "America/Chicago": "2026-11-19T14:30:00Z"} {
		got, _, _ := ParseTime("Thu, 19 Nov 2026 08:30:00 CST", zoneOf(zone), testNow.AddDate(0, 0, 1))
		if got.Format(time.RFC3339) != want {
			t.Errorf("in %s: %s, want %s", zone, got.Format(time.RFC3339), want)
		}
	}
}
