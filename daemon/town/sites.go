package town

import "watchfire/crisis"

// The sites of the town.
const (
	Micro  = "yunchuan-weibo"   // 云川微播, a micro-blog with a JSON interface
	Forum  = "yunchuan-bbs"     // 云川论坛, a forum with list and article pages in GB18030
	Voice  = "yunchuan-voice"   // 云川民声, a message board with a JSON Feed; it dies
	News   = "yunchuan-news"    // 云川新闻网, a news site with RSS
	Notice = "yunchuan-notices" // 云川发布, the city's notices as Atom
)

type siteID uint8

const (
	micro siteID = iota
	forum
	voice
	news
	notice
	siteCount = iota
)

// site is what does not change about a site.
type site struct {
	name, title string
	english     string // what people who read English call it
	base        string // its address when nobody serves it
	path, tail  string // around the number of a post in its address
	urn         string // before the number of a post in its id
	kind        crisis.Kind
	window      int // how many of the newest posts its front page shows
	authors     int
}

var sites = [siteCount]site{
	micro:  {name: Micro, title: "云川微播", english: "Yunchuan Micro-blog", base: "http://weibo.yunchuan.example", path: "/status/", kind: crisis.KindPost, window: 200, authors: 9000},
	forum:  {name: Forum, title: "云川论坛", english: "Yunchuan Forum", base: "http://bbs.yunchuan.example", path: "/thread-", tail: "-1-1.html", kind: crisis.KindPost, window: 80, authors: 4000},
	voice:  {name: Voice, title: "云川民声", english: "Yunchuan Voice", base: "http://voice.yunchuan.example", path: "/letter/", kind: crisis.KindArticle, window: 60, authors: 2500},
	news:   {name: News, title: "云川新闻网", english: "Yunchuan News", base: "http://news.yunchuan.example", path: "/article/", tail: ".html", kind: crisis.KindArticle, window: 60, authors: 8},
	notice: {name: Notice, title: "云川发布", english: "Yunchuan Notices", base: "http://notice.yunchuan.example", path: "/gkml/", tail: ".html", urn: "urn:yunchuan:notice:", kind: crisis.KindArticle, window: 40, authors: 6},
}

// desks sign what news and notices publish.
var desks = [siteCount][]string{
	news:   {"云川日报", "云川晚报", "云川广播电视台", "云川新闻网", "都市频道", "交通广播", "云江时评", "民生直通车"},
	notice: {"云川市人民政府新闻办公室", "云川市教育局", "云川市交通运输局", "云川市水务局", "云川市气象台", "青溪区人民政府"},
}

// SourceInfo describes one site of the town.
type SourceInfo struct {
	Name    string // as in the configuration
	Title   string // what people read
	TitleEN string // the same in English
	Kind    string // kind of crawler that reads it: json, list or feed
	Form    string // what it serves
	Base    string // its address when nobody serves it
}

// Sources describes the sites, in the order in which Config names them.
func Sources() []SourceInfo {
	forms := [siteCount][2]string{
		micro: {"json", "JSON API"}, forum: {"list", "HTML, GB18030"}, voice: {"feed", "JSON Feed"},
		news: {"feed", "RSS 2.0"}, notice: {"feed", "Atom"},
	}
	out := make([]SourceInfo, siteCount)
	for i := range sites {
		s := &sites[i]
		out[i] = SourceInfo{Name: s.name, Title: s.title, TitleEN: s.english, Kind: forms[i][0], Form: forms[i][1], Base: s.base}
	}
	return out
}

// bases returns the addresses of the sites when nobody serves them.
func bases() (out [siteCount]string) {
	for i := range sites {
		out[i] = sites[i].base
	}
	return out
}
