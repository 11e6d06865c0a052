package town

import (
	"net/http"
	"strconv"
	"time"
)

// The interface of the micro-blog: pages of the newest posts.

type statusDoc struct {
	Code int        `json:"code"`
	Msg  string     `json:"msg"`
	Data statusPage `json:"data"`
}

type statusPage struct {
	Page int      `json:"page"`
	List []status `json:"list"`
}

type status struct {
	MID       string     `json:"mid"`
	Text      string     `json:"text"`
	Link      string     `json:"scheme"`
	CreatedAt string     `json:"created_at"`
	User      statusUser `json:"user"`
	Reposts   int64      `json:"reposts_count"`
	Comments  int64      `json:"comments_count"`
	Likes     int64      `json:"attitudes_count"`
	Reads     int64      `json:"reads_count"`
	Repeats   string     `json:"retweeted_mid,omitempty"`
}

type statusUser struct {
	ID string `json:"id"`
}

// lastPage is the last page of the interface; what is older has no page.
const lastPage = 50

func (f *front) statuses(w http.ResponseWriter, r *http.Request) {
	page, ok1 := whole(r.FormValue("page"), 1, lastPage)
	count, ok2 := whole(r.FormValue("count"), 20, sites[f.id].window)
	if !ok1 || !ok2 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"code":20001,"msg":"参数错误","data":null}`)) // a visitor who has left gets no answer
		return
	}
	posts := f.newest(r, (page-1)*count, count)
	doc := statusDoc{Msg: "ok", Data: statusPage{Page: page, List: []status{}}}
	for _, p := range posts {
		doc.Data.List = append(doc.Data.List, status{
			MID: p.ID, Text: p.Text, Link: p.URL, CreatedAt: f.local(p.Published, time.RubyDate), User: statusUser{ID: p.Author},
			Reposts: p.Metrics.Shares, Comments: p.Metrics.Replies, Likes: p.Metrics.Likes, Reads: p.Metrics.Views, Repeats: p.RepostOf,
		})
	}
	sendJSON(w, r, "application/json; charset=utf-8", posts, doc)
}

// whole reads a number from 1 to top; no text is the number usual.
func whole(text string, usual, top int) (int, bool) {
	if text == "" {
		return min(usual, top), true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= top
}
