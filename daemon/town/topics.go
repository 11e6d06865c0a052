package town

import "watchfire/crisis"

// The topics that are watched in the town.
const (
	TopicWater    = "tap-water"
	TopicBus      = "bus"
	TopicSchool   = "school"
	TopicHospital = "hospital"
	TopicProperty = "property"
	TopicPower    = "power"
	TopicFood     = "food"
	TopicScenic   = "scenic"
	TopicShow     = "show"
)

// Topics returns what the town's newsroom watches.
func Topics() []crisis.Topic {
	return []crisis.Topic{
		{
			ID: TopicWater, Title: "自来水水质", Tags: []string{"utility", "water"},
			Any:    []string{"自来水", "水龙头", "水厂", "水质", "供水", "停水", "水压", "饮用水", "接的水", "放水", "水费", "水管"},
			Places: append([]string{"云川", "本市", "全城"}, places()...),
			Not:    []string{"演练", "招聘", "招标", "水上乐园", "净水器促销"},
		},
		{
			ID: TopicBus, Title: "公交出行", Tags: []string{"transit"},
			Any: []string{"公交", "站台", "末班车", "首班车", "乘车码", "换乘", "公交卡", "司机师傅"},
			Not: []string{"演练", "招聘", "驾校", "公交卡套"},
		},
		{
			ID: TopicSchool, Title: "学校与校园", Tags: []string{"school"},
			Any:  []string{"学校", "小学", "中学", "一中", "实验", "幼儿园", "校门口", "班主任", "老师"},
			Must: [][]string{{"食堂", "作业", "放学", "接送", "校服", "家长会", "收费", "课后", "考试", "运动会", "作息", "托管", "住宿", "老师", "校门口"}},
			Not:  []string{"驾校", "招生简章", "演练", "培训班转让"},
		},
		{
			ID: TopicHospital, Title: "医院就诊", Tags: []string{"health"},
			Any: []string{"医院", "挂号", "门诊", "急诊", "住院", "医保", "大夫"},
			Not: []string{"宠物医院", "演练", "招聘"},
		},
		{
			ID: TopicProperty, Title: "物业与小区", Tags: []string{"housing"},
			Any: []string{"物业", "业委会", "电梯", "停车费", "物业费", "小区门禁", "保安"},
			Not: []string{"招聘", "演练"},
		},
		{
			ID: TopicPower, Title: "停电与供电", Tags: []string{"utility", "power"},
			Any: []string{"停电", "跳闸", "供电", "电压", "断电"},
			Not: []string{"演练", "招聘"},
		},
		{
			ID: TopicFood, Title: "食品安全", Tags: []string{"food"},
			Any:    []string{"外卖", "餐馆", "饭店", "超市", "奶茶", "夜市", "凉皮"},
			Must:   [][]string{{"拉肚子", "过期", "变质", "头发", "虫", "食物中毒", "不干净", "异物"}},
			Places: append([]string{"云川"}, places()...),
			Not:    []string{"演练"},
		},
		{
			ID: TopicScenic, Title: "云江古镇", Tags: []string{"tourism"},
			Any: []string{"古镇", "云江夜游", "灯会", "景区", "观景台"},
			Not: []string{"招聘", "招标"},
		},
		{
			ID: TopicShow, Title: "云川好声音", Tags: []string{"culture"},
			Any: []string{"好声音", "导师转身", "总决赛", "选手"},
			Not: []string{"招聘"},
		},
	}
}

// english are the titles of the topics for people who read English.
var english = map[string]string{
	TopicWater: "Tap water quality", TopicBus: "City buses", TopicSchool: "Schools", TopicHospital: "Hospitals", TopicProperty: "Housing estates",
	TopicPower: "Power cuts", TopicFood: "Food safety", TopicScenic: "The old town on the river", TopicShow: "Voice of Yunchuan",
}

// TitleEN returns the title of a topic in English.
func TitleEN(topic string) string { return english[topic] }

// places returns the place words of the town, as its people say them.
func places() []string {
	g := speech()
	var out []string
	for _, name := range []string{"district", "estate.qingxi", "estate.east", "estate.south", "estate.north"} {
		for _, form := range g.rules[g.names[name]].forms {
			if len(form) == 1 && form[0].kind == partText {
				out = append(out, form[0].text)
			}
		}
	}
	return out
}
