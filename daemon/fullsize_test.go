package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// The store at full size: what a large office has after some years.
const (
	fullTopics    = 1000
	fullIncidents = 10_000
	fullOpen      = 80  // of them
	fullYears     = 365 // days over which incidents are spread
	fullDays      = 60  // over which posts are spread
	fullSources   = 24
	fullUsers     = 60
	fullAudit     = 200_000
)

// fullVariable names the folder in which the store is kept from one run to the next.
const fullVariable = "WATCHFIRE_FULL"

// fullVersion is part of the name of the store: one that an older builder made is not used.
const fullVersion = 2

// fullNow is when the pages are looked at: ten in the morning of the organisation.
var fullNow = benchBegin.AddDate(0, 0, fullDays).Add(2 * time.Hour)

// fullPosts is how many posts the store has; fifty thousand in a short run.
func fullPosts() int {
	if testing.Short() {
		return 50_000
	}
	return 1_000_000
}

// What the posts are about: every place with every subject is a topic of its own.
var (
	fullPlaces   = strings.Fields("东港 西关 南屏 北苑 青溪 临江 老城 新桥 石牌 柳林 梅园 竹溪 云台 龙泉 凤山 白塔 黄埠 清河 双桥 五里 三塘 金沙 银湖 翠屏 桃源 杏花 松岭 沙坪 古渡 长亭 望江 滨湖 高新 开发区 大学城 空港 枫林 荷塘 鹿鸣 鹤鸣")
	fullSubjects = [][]string{
		{"供暖", "暖气", "热力公司"},
		{"停电", "跳闸"},
		{"公交", "末班车"},
		{"食堂", "营养餐"},
		{"物业", "业委会"},
		{"施工噪音", "夜间施工"},
		{"垃圾清运", "垃圾站"},
		{"路面塌陷", "坑洼"},
		{"积水", "内涝"},
		{"拆迁", "征收补偿"},
		{"油烟", "烧烤摊"},
		{"电梯困人", "电梯故障"},
		{"燃气", "天然气"},
		{"学区划分", "入学名额"},
		{"养老院", "护理费"},
		{"欠薪", "工资没发"},
		{"停车难", "乱停车"},
		{"绿化带", "砍树"},
		{"黑中介", "押金不退"},
		{"烂尾", "延期交房"},
		{"医保报销", "报销比例"},
		{"路灯不亮", "路灯"},
		{"井盖", "窨井"},
		{"河道发臭", "排污口"},
		{"公厕", "厕所关门"},
	}
	fullOpeners = strings.Fields("请问一下， 实名反映， 有没有人管管， 孩子上学路上看到， 下班回家又遇到， 已经打过热线， 邻居们都在说， 忍了一个月了， 刚刚路过， 家里老人说， 群里都炸了， 希望部门重视，")
	fullBodies  = strings.Fields("到现在没有人处理 说好今天解决又拖到明天 问了三个部门都说不归自己管 今天总算有人来看了 比上个月好一点 晚上根本没法休息 老人孩子最受影响 拍了照片发在评论里 附近几个小区都一样 什么时候能给个说法 处理得挺快点个赞 不知道是不是只有我们这里这样")
)

// fullTopicList is what is watched: the town's own topics and, of places and subjects, as
// many as make a thousand.
func fullTopicList() []crisis.Topic {
	topics := town.Topics()
	for _, words := range fullSubjects {
		for _, place := range fullPlaces {
			if len(topics) == fullTopics {
				return topics
			}
			topics = append(topics, crisis.Topic{
				ID: fmt.Sprintf("t-%03d", len(topics)), Title: place + words[0], Any: words, Must: [][]string{{place}},
				Not: []string{"演练", "招聘"}, Tags: []string{"utility"},
			})
		}
	}
	return topics
}

// fullConfig is the office: its sources, channels, people and topics.
func fullConfig(tb testing.TB, data string) *Config {
	tb.Helper()
	var b strings.Builder
	b.WriteString("org: 云川市人民政府新闻办公室\nzone: Asia/Shanghai\nlang: zh\nurl: https://watch.yunchuan.example\nsources:\n")
	for i := range fullSources {
		fmt.Fprintf(&b, "  - {name: s%02d, title: 云川站点%d, every: 5m, own: %t, feed: {url: \"https://s%02d.example/feed\"}}\n", i, i, i == 0, i)
	}
	b.WriteString("channels:\n  - {name: press, log: {}}\n  - {name: leader, log: {}}\n")
	cfg, err := ParseConfig("full.yaml", []byte(b.String()))
	if err != nil {
		tb.Fatal(err)
	}
	cfg.Data, cfg.Topics = data, fullTopicList()
	return cfg
}

// fullStream gives the posts in order of time, on the rhythm of days and nights: half of
// them as the town talks, half of places and subjects, some of which are in every mouth.
func fullStream() iter.Seq[crisis.Post] {
	return func(yield func(crisis.Post) bool) {
		pull, stop := iter.Pull(town.New(7, benchBegin, nil, 1).Bench(fullPosts()))
		defer stop()
		r := rand.New(rand.NewPCG(7, 11))
		each := fullDays * 24 * time.Hour / time.Duration(fullPosts())
		for i := range fullPosts() {
			p, _ := pull()
			if r.IntN(2) == 0 {
				place, words := fullPlaces[skewed(r, len(fullPlaces))], fullSubjects[skewed(r, len(fullSubjects))]
				p.Text = fullOpeners[r.IntN(len(fullOpeners))] + place + fmt.Sprintf("%d号楼", r.IntN(400)) + words[r.IntN(len(words))] +
					fullBodies[r.IntN(len(fullBodies))] + "，" + fullBodies[r.IntN(len(fullBodies))] + "。"
				p.Title = ""
			}
			if i%(fullPosts()/7) == 1000 {
				p.Text += "鸿雁里见。" // a word that nearly nobody writes
			}
			p.ID, p.Source, p.Author = fmt.Sprintf("p%d", i), fmt.Sprintf("s%02d", 1+skewed(r, fullSources-1)), fmt.Sprintf("a%d", r.IntN(90_000))
			if i%4000 == 17 {
				p.Source = "s00" // what we publish ourselves
			}
			p.URL = "https://" + p.Source + ".example/" + p.ID
			p.Published = benchBegin.Add(time.Duration(i)*each + time.Duration(r.IntN(240))*time.Second).Truncate(time.Second)
			if h := (p.Published.Hour() + 8) % 24; h < 6 && r.IntN(5) > 0 { // at night people sleep
				p.Published = p.Published.Add(-time.Duration(6+r.IntN(10)) * time.Hour)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// skewed returns a number below n, small ones much more often.
func skewed(r *rand.Rand, n int) int {
	return int(float64(n) * r.Float64() * r.Float64() * r.Float64())
}

// fullToken is the cookie of a user's session.
func fullToken(user string) string { return "full-" + user }

func fullHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// fullDaemon opens the store at full size, built if there is none yet, and the daemon on it.
func fullDaemon(b *testing.B) *Daemon {
	b.Helper()
	dir := os.Getenv(fullVariable)
	if dir == "" {
		dir = b.TempDir()
	}
	dir = filepath.Join(dir, fmt.Sprintf("full-%d-%d", fullVersion, fullPosts()))
	clock := &handClock{now: benchBegin.AddDate(0, 0, -fullYears+fullDays)}
	done := filepath.Join(dir, "built")
	if _, err := os.Stat(done); err != nil {
		began := time.Now()
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o750); err != nil {
			b.Fatal(err)
		}
		s, err := store.OpenScratch(filepath.Join(dir, "watchfire.db"))
		if err != nil {
			b.Fatal(err)
		}
		d, err := New(b.Context(), fullConfig(b, dir), zap.NewNop(), WithClock(clock), withStore(s))
		if err != nil {
			b.Fatal(err)
		}
		(&builder{b: b, d: d, clock: clock, r: rand.New(rand.NewPCG(3, 5))}).build()
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(done, nil, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Logf("the store was built in %s", time.Since(began).Round(time.Second))
	}
	clock.now = fullNow
	began := time.Now()
	d, err := New(b.Context(), fullConfig(b, dir), zap.NewNop(), WithClock(clock))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	b.Logf("the daemon has remembered the past in %s", time.Since(began).Round(100*time.Millisecond))
	return d
}
