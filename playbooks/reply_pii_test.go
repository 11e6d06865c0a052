package playbooks

import (
	"slices"
	"strings"
	"testing"
)

// TestNumbers tries what is a number of a person, however it is written, and what only
// looks like one.
func TestNumbers(t *testing.T) {
	const mobile, id, card = "pii.mobile", "pii.id-card", "pii.bank-card"
	for _, x := range []struct{ text, want string }{
		{"请联系张某13800138000", mobile},
		{"电话138 0013 8000", mobile},
		{"电话：138-0013-8000。", mobile},
		{"tel-13800138000", mobile},
		{"联系+86 13800138000", mobile},
		{"联系+8613800138000", mobile},
		{"联系8613800138000", mobile},
		{"联系0086-138-0013-8000", mobile},
		{"（+86）138 0013 8000", mobile},
		{"微信号wx13800138000同号", mobile},
		{"电话１３８００１３８０００", mobile},
		{"电话138　0013　8000", mobile},
		{"电话138\u00a00013\u00a08000", mobile},
		{"电话138–0013–8000", mobile},
		{"电话1380 013 8000", mobile},
		{"电话138 001 38000", mobile},
		{"电话13800 138000", mobile},
		{"电话138.0013.8000", mobile},
		{"19912345678转8001", mobile},
		{"12345、13800138000", mobile},
		{"身份证110101199003071234", id},
		{"ID110101199003071234", id},
		{"身份证号：110101 19900307 1234", id},
		{"110101-19900307-123X", id},
		{"证件11010119900307123x，", id},
		{"证件１１０１０１１９９００３０７１２３Ｘ", id},
		{"1101 0119 9003 0712 34", id},
		{"No.110101 1990 0307 123 x", id},
		{"张某(110101199003071234)", id},
		{"身份证110101199003071234号", id},
		{"退款至6222020200012345678", card},
		{"卡号6222 0202 0001 2345 678", card},
		{"card6222020200012345678", card},
		{"卡号4392-2500-1234-5678", card},

		{"请拨打12345", ""},
		{"热线12315、12319、96123", ""},
		{"客服400-138-0013", ""},
		{"客服400-1380-0138", ""},
		{"客服4001380013", ""},
		{"800-810-1234", ""},
		{"传真0571-13800138", ""},
		{"值班电话0571-87654321", ""},
		{"总机(010)65551234转1380", ""},
		{"订单号202408138001380001", ""},
		{"订单202410121990003071234567", ""},
		{"文号2024110101", ""},
		{"金额13 800 138 000元", ""},
		{"13,800,138,000元", ""},
		{"信用代码91110101MA01ABCD2E", ""},
		{"编号1380013800", ""},
		{"编号138001380001", ""},
		{"投入13800.138万元", ""},
		{"8月13日9时10分至20时", ""},
		{"坐标119.9123456,30.2", ""},
		{"1990年3月7日出生", ""},
		{"日期19900307", ""},
		{"工单20260805201012345", ""},
		{"案号（2026）云0101民初1234号", ""},
		{"快递SF1380013800012", ""},
	} {
		var found []string
		for _, o := range shipped().LintReply(Draft{Kind: "comment_reply", Text: x.text}) {
			if strings.HasPrefix(o.Rule, "pii.") {
				found = append(found, o.Rule)
				if o.Found == "" || !strings.Contains(x.text, o.Found) {
					t.Errorf("%s: shows %q", x.text, o.Found)
				}
			}
		}
		slices.Sort(found)
		if got := strings.Join(slices.Compact(found), " "); got != x.want {
			t.Errorf("%s: %q, want %q", x.text, got, x.want)
		}
	}
}

// TestPublishedNumbers holds that a number on the white list stands however it is
// written, and that it does not cover the one behind it.
func TestPublishedNumbers(t *testing.T) {
	desk := &Desk{Phones: []string{"138 0013 8000"}, Secrecy: "李敏"}
	for text, want := range map[string]string{
		"电话13800138000": "", "电话+86-138-0013-8000": "", "电话１３８００１３８０００": "", "电话（0086）13800138000": "",
		"电话13800138000、13900139000": "13900139000", "电话13900139000/13800138000/13900139001": "13900139000 13900139001",
		"13800138000 13900139000": "13900139000",
	} {
		var found []string
		for _, o := range shipped().LintReply(Draft{Kind: "comment_reply", Text: text, Desk: desk}) {
			if o.Rule == "pii.mobile" {
				found = append(found, o.Found)
			}
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestTolls reads the numbers of people hurt.
func TestTolls(t *testing.T) {
	dead, hurt, hospital, homes := tolls[0], tolls[1], tolls[4], tolls[5]
	for _, x := range []struct {
		toll toll
		text string
		want int // -1: none
	}{
		{dead, "事故造成3人死亡", 3},
		{dead, "造成三人死亡", 3},
		{dead, "十二人遇难", 12},
		{dead, "二百余人遇难", 200},
		{dead, "两百多人遇难", 200},
		{dead, "一百零五人遇难", 105},
		{dead, "死亡人数上升至12人", 12},
		{dead, "死亡1人、受伤3人", 1},
		{dead, "遇难者为三人", 3},
		{dead, "造成3死5伤", 3},
		{hurt, "造成3死5伤", 5},
		{hurt, "造成三死五伤", 5},
		{hurt, "12名伤者", 12},
		{hurt, "伤者共十二名", 12},
		{hurt, "受伤３人", 3},
		{hurt, "３ 人受伤", 3},
		{hurt, "截至5日19时受伤12人", 12},
		{hurt, "3号楼12人受伤", 12},
		{hurt, "此前通报12人受伤，目前9人受伤", 9},
		{hurt, "近百人受伤", 100},
		{hurt, "1.2万人受伤", 12_000},
		{hospital, "12人就医", 12},
		{hospital, "市第一人民医院住院部已开通绿色通道", -1},
		{hospital, "伤者已送三甲医院就医", -1},
		{hospital, "市第二人民医院有7人住院", 7},
		{homes, "停水影响1.2万户", 12_000},
		{homes, "影响一万二千户", 12_000},
		{homes, "影响12,000户", 12_000},
		{homes, "影响十余万户", 100_000},
		{homes, "用户请稍候", -1},
		{dead, "没有人员死亡", -1},
		{dead, "8月5日死亡证明已开具", -1},
		{hurt, "无人受伤", -1},
		{hurt, "一旦有人受伤请拨打120", -1},
	} {
		n, _, _, ok := x.toll.count(x.text)
		if !ok {
			n = -1
		}
		if n != x.want {
			t.Errorf("%s: %d, want %d", x.text, n, x.want)
		}
	}
}

// TestLongDraft holds that nothing hides behind the end of what is checked.
func TestLongDraft(t *testing.T) {
	for _, n := range []int{longestDraft - 20, longestDraft + 20, 8 * longestDraft} {
		text := strings.Repeat("x", n) + "{{org}} 13800138000"
		found := shipped().LintReply(Draft{Kind: "update", Text: text})
		if !slices.ContainsFunc(found, func(o Objection) bool {
			return o.Severity == Stop && (o.Rule == "form.placeholder" || strings.Contains(o.What.ZH, "过长"))
		}) {
			t.Errorf("a placeholder behind %d bytes passes: %+v", n, found)
		}
	}
}
