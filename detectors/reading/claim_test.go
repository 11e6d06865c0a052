package reading

import (
	"slices"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestClaims reads texts as people write them: which claims should be checked, and
// which look like one but are not.
func TestClaims(t *testing.T) {
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const rumour, old, imitation = crisis.ClaimRumour, crisis.ClaimOld, crisis.ClaimImitation
	published := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		text string
		want []crisis.Claim
	}{
		{"网传城北水厂出事了，真的假的？", []crisis.Claim{rumour}},
		{"听说明天全城停水，有没有人知道", []crisis.Claim{rumour}},
		{"網傳化工園爆炸，求證", []crisis.Claim{rumour}},
		{"Is it true that the plant exploded? Heard that from a neighbour.", []crisis.Claim{rumour}},
		{"网传停水十天不实，警方辟谣", nil},
		{"网传停水十天，系谣言，请勿转发", nil},
		{"今天的水有点黄，打电话没人接", nil},

		{"化工园又爆炸了！2019年3月21日下午，现场死伤惨重", []crisis.Claim{old}},
		{"突发：2018-07-12 化工厂爆炸，19人遇难", []crisis.Claim{old}},
		{"Massive explosion at the plant in 2019, dozens killed", []crisis.Claim{old}},
		{"Explosion at the plant, March 2019, video", []crisis.Claim{old}},
		{"2019年爆炸事故七周年，愿逝者安息", nil},                    // an anniversary
		{"2019年爆炸之后整改过，2026年3月又着火", nil},               // the news is of this year
		{"2025年10月的火灾调查结果什么时候公布？", nil},                // not long past
		{"2019年小区通了自来水", nil},                          // no harm
		{"电话 20190321，着火了快来人", nil},                    // no date
		{"今年火灾同比2019年下降三成", nil},                       // a comparison
		{"Killed 2019 flies today, trapped more", nil}, // a number

		{"【紧急通知】接上级通知，今晚十点起全城停水，请互相转告", []crisis.Claim{imitation}},
		{"关于暂停供水的通告：因水源受污染，即日起停水三天，特此通告。云川市人民政府办公室", []crisis.Claim{imitation}},
		{"URGENT NOTICE: all residents must leave the district, effective immediately", []crisis.Claim{imitation}},
		{"看到停水通知了吗？什么时候来水", nil}, // talks of a notice
		{"网传【紧急通知】请广大市民储水，真的假的", []crisis.Claim{rumour, imitation}},
	} {
		rd := r.Read(&crisis.Post{Text: x.text, Published: published})
		if !slices.Equal(rd.Claims, x.want) {
			t.Errorf("%s: claims %v, want %v", x.text, rd.Claims, x.want)
		}
	}
}

// TestLongPast holds that a year is long past when it has been over for half a year.
func TestLongPast(t *testing.T) {
	const text = "2025年12月厂区着火"
	for _, x := range []struct {
		at   time.Time
		want bool
	}{
		{time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), false},
		{time.Date(2026, 6, 29, 0, 0, 0, 0, time.UTC), false},
		{time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC), true},
		{time.Time{}, false},
	} {
		if got := longPast(text, x.at); got != x.want {
			t.Errorf("at %s: %v, want %v", x.at, got, x.want)
		}
	}
}
