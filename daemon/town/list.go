package town

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

// The forum: lists and threads in GB18030, named in a meta element only, as the
// forums of that age do.

// forumPage answers for /forum-2-N.html and /thread-NUMBER-1-1.html.
func (f *front) forumPage(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("page")
	if page, ok := strings.CutPrefix(name, "forum-2-"); ok {
		if n, ok := whole(strings.TrimSuffix(page, ".html"), 1, lastPage); ok && page != "" {
			f.threads(w, r, n)
			return
		}
	}
	if digits, ok := strings.CutPrefix("/"+name, sites[f.id].path); ok {
		if p, ok := f.find(r, strings.TrimSuffix(digits, sites[f.id].tail)); ok {
			f.thread(w, r, &p)
			return
		}
	}
	http.NotFound(w, r)
}

func (f *front) threads(w http.ResponseWriter, r *http.Request, page int) {
	size := sites[f.id].window
	posts := f.newest(r, (page-1)*size, size)
	var b bytes.Buffer
	head(&b, "市民广场 - "+sites[f.id].title)
	b.WriteString("<table id=\"threadlist\">\n<tbody class=\"stick\"><tr><th><a href=\"/rules.html\">【置顶】版规：文明发言，一事一帖</a></th><td class=\"by\"><cite>管理员</cite></td></tr></tbody>\n")
	for i := range posts {
		p := &posts[i]
		fmt.Fprintf(&b, "<tbody class=\"normal\"><tr><th><a class=\"xst\" href=\"%s\">%s</a></th><td class=\"by\"><cite>%s</cite><em>%s</em></td></tr></tbody>\n",
			html.EscapeString(strings.TrimPrefix(p.URL, "http://"+r.Host)), html.EscapeString(p.Title), html.EscapeString(p.Author), f.local(p.Published, "2006-01-02 15:04"))
	}
	fmt.Fprintf(&b, "</table>\n<div class=\"pg\"><a href=\"/forum-2-%d.html\">下一页</a></div>\n</body></html>\n", min(page+1, lastPage))
	f.sendGB(w, r, modified(posts), b.String())
}

func (f *front) thread(w http.ResponseWriter, r *http.Request, p *crisis.Post) {
	var b bytes.Buffer
	head(&b, html.EscapeString(p.Title)+" - "+sites[f.id].title)
	fmt.Fprintf(&b, "<h1 id=\"thread_subject\">%s</h1>\n<div class=\"authi\"><cite>%s</cite> 发表于 <em class=\"when\">%s</em></div>\n<div class=\"t_f\">%s</div>\n<div class=\"sign\">文明上网，理性发言</div>\n</body></html>\n",
		html.EscapeString(p.Title), html.EscapeString(p.Author), f.local(p.Published, "2006-01-02 15:04:05"), html.EscapeString(p.Text))
	f.sendGB(w, r, p.Published, b.String())
}

func head(b *bytes.Buffer, title string) {
	fmt.Fprintf(b, "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=gbk\">\n<title>%s</title>\n</head>\n<body>\n<div id=\"hd\"><a href=\"/\">云川论坛</a> &gt; <a href=\"/forum-2-1.html\">市民广场</a></div>\n", title)
}

// sendGB answers in GB18030. The label says gbk, as forums write it, and the header
// says nothing.
func (f *front) sendGB(w http.ResponseWriter, r *http.Request, modified time.Time, page string) {
	body, err := simplifiedchinese.GB18030.NewEncoder().String(page)
	if err != nil { // unreachable: GB18030 has every character
		http.Error(w, "encode the page", http.StatusInternalServerError)
		return
	}
	send(w, r, "text/html", modified, []byte(body))
}
