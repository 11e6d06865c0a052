package console

// viewWords are what stands on the pages that look back: posts, one topic, the
// calendar, insight.
var viewWords = map[string]phrase{
	"tab.posts": {"帖文", "Posts"},

	"posts.q":       {"找哪些词（空格隔开，都要出现）", "Words (separated by spaces, all must occur)"},
	"posts.hint":    {"例如：自来水 异味", "such as: water smell"},
	"posts.topic":   {"议题", "Topic"},
	"posts.source":  {"来源", "Source"},
	"posts.mood":    {"情绪", "Mood"},
	"posts.kind":    {"类型", "Kind"},
	"posts.from":    {"发布时间从", "Published from"},
	"posts.to":      {"到", "to"},
	"posts.any":     {"不限", "any"},
	"posts.copies":  {"相同内容", "Same text"},
	"posts.once":    {"合并成一条", "shown once"},
	"posts.each":    {"逐条列出", "every post"},
	"posts.go":      {"查找", "Search"},
	"posts.back":    {"最新的在前，已找到 %s 为止。", "Newest first, searched back to %s."},
	"posts.whole":   {"最新的在前，库里的已全部找过。", "Newest first, everything stored was searched."},
	"posts.nobody":  {"这里只按内容查，不提供按发帖人查。", "Search is by content only, never by author."},
	"posts.group":   {"本页相同内容 %d 条、%d 个账号", "%d alike on this page, accounts: %d"},
	"posts.matched": {"命中议题（点开看为什么）：", "Topics (open to see why): "},
	"posts.none":    {"找过的范围里没有这样的帖文。", "No such post in what was searched."},
	"posts.deeper":  {"继续往前找", "Search further back"},

	"postkind.post": {"帖子", "post"}, "postkind.comment": {"评论", "comment"}, "postkind.article": {"文章", "article"},
	"postkind.board": {"热榜", "hot board"}, "postkind.warning": {"预警", "warning"}, "postkind.order": {"工单", "work order"},
}
