package reading

import "testing"

func TestHarm(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"化工厂爆炸，已致3人死亡，多人受伤", 3},
		{"某品牌召回一批车辆", 1},
		{"求救！水淹到二楼了，老人被困", 2},
		{"救命，救命，救命", 1},
		{"自来水有异味，孩子喝了拉肚子", 2},
		{"本次事故无人员伤亡", 0},
		{"未造成人员伤亡，但厂房起火", 1},
		{"消防队在小学开展火灾应急演练", 0},
		{"地震演练圆满结束", 0},
		{"网传爆炸系谣言", 0},
		{"没有人受伤", 0},
		{"这部电影的爆炸场面真好看", 0},
		{"今天天气不错，出来走走", 0},
		{"无论如何都要查清楚，爆炸现场又发现两名遇难者", 2},
		{"未成年人溺水身亡", 2},
		{"一架无人机坠落", 1},
		{"无人受伤", 0},
		{"Two people were killed and many injured in the explosion", 3},
		{"A fire drill takes place on Friday", 0},
		{"No casualties were reported", 0},
		{"Firefox fireplace crashed", 0},
		{"", 0},
	} {
		if got := harm(fold(c.text)); got != c.want {
			t.Errorf("harm(%q) = %d, want %d", c.text, got, c.want)
		}
	}
}

func TestHarmAllocatesNothing(t *testing.T) {
	text := fold("化工厂爆炸，已致3人死亡，多人受伤，无人员失联")
	if n := testing.AllocsPerRun(100, func() { harm(text) }); n != 0 {
		t.Errorf("%v allocations a text, want 0", n)
	}
}
