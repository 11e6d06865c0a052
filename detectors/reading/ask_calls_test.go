package reading

import (
	"testing"

	"watchfire/crisis"
)

// TestCalls tells people in danger from those who talk of danger.
func TestCalls(t *testing.T) {
	for text, want := range map[string]bool{
		"求救！城东老机床厂宿舍楼着火，我奶奶一个人在家，敲门没反应":  true,
		"我爸在青溪桥头店里，水已经漫到二楼了，电话关机，求谁能去看看": true,
		"沿江路地下车库进水，车门打不开，人还在里面":          true,
		"我们一家四口在三楼阳台，楼梯全是烟，求快点来":         true,
		"水漫过窗台了，家里有个刚满月的宝宝，救援电话打不进去":     true,
		"青溪区河西村，老人困屋顶，没吃没喝一天了":           true,
		"有没有人能到南门小区12栋，我妈妈透析不能停，路都断了":    true,
		"邻居家煤气爆了，墙塌了压住人了，快来人啊":           true,
		"孩子掉到井里了，在村口东边，能听见哭声，快叫消防":       true,
		"大巴翻沟里了，好多人流血，这里没信号，帮忙报警":        true,
		"救命啊作业写不完了":                        false,
		"消防员成功救出被困群众三人":                    false,
		"演练：模拟三楼起火被困":                      false,
		"求救！这件衣服怎么搭配":                      false,
		"今天被困在会议里三个小时":                     false,
		"新闻：洪水被困人员全部获救，无人伤亡":               false,
		"我被困在早高峰的地铁里了":                     false,
		"去年今天那场洪水，我们被困了一夜":                 false,
		"青溪起火那栋我就住隔壁，说几句":                  false,
		"公交调线以后去体育馆要倒两趟，老人怎么办，瞎折腾":         false,
		"我以为是我家水管，结果整栋楼自来水都臭，受不了，谁来管管":     false,
		"打了12345，说已经记录，青溪大道这边自来水到现在没人来，失望": false,
	} {
		class, why := askOf(fold(text))
		if got := class == crisis.AskRescue; got != want {
			t.Errorf("%s: %q by %q", text, class, why)
		}
	}
}
