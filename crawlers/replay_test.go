package crawlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchfire/crisis"
)

// recorded is one payload of the source pack.
type recorded struct {
	File        string            `json:"file"`
	Status      int               `json:"status"`
	ContentType string            `json:"content_type"`
	Headers     map[string]string `json:"headers"`
	body        []byte
}

// recordings loads the source pack; it lies beside the project and is not part of it.
func recordings(t *testing.T) []recorded {
	t.Helper()
	dir := os.Getenv("WATCHFIRE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	b, err := os.ReadFile(filepath.Join(dir, "sources", "manifest.json"))
	if err != nil {
		t.Skipf("the pack of recorded sources is not here: %v", err)
	}
	var m struct {
		Fixtures []recorded `json:"fixtures"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for i := range m.Fixtures {
		f := &m.Fixtures[i]
		if f.body, err = os.ReadFile(filepath.Join(dir, "sources", f.File)); err != nil {
			t.Fatal(err)
		}
	}
	return m.Fixtures
}

// lists are the paths of the lists in the JSON answers of each source.
var lists = map[string]string{
	"mastodon": "", "bluesky": "posts", "hackernews": "hits", "reddit": "data.children", "discourse": "latest_posts", "youtube": "items", "weibo": "data.realtime",
	"zhihu": "data", "baidu": "data.cards", "toutiao": "data", "douyin": "data.word_list", "tieba": "data.bang_topic.topic_list", "liuyan": "responseData",
	"hotline12345": "", "wechat_comment": "comment", "hotlist_unified": "data", "gdelt": "articles", "cap": "data.page.list", "own_account": "data.list", "bilibili": "data.list",
}

// wanted are the payloads that are broken, empty, gated or rate-limited, and the
// class each must end in when it is read as what its source should be.
var wanted = map[string]crisis.Class{
	"rss/rss2_empty_channel.xml": crisis.ClassEmptyOK, "rss/rss2_truncated.xml": crisis.ClassMalformed, "rss/jsonfeed_invalid.json": crisis.ClassMalformed,
	"rss/html_instead_of_feed.html": crisis.ClassSoftError, "rss/http_429_seconds": crisis.ClassRateLimited, "rss/http_503_date": crisis.ClassUnavailable,
	"rss/http_304": crisis.ClassNotModified, "rss/rss2_control_chars.xml": crisis.ClassOK, "rss/rss2_gbk.xml": crisis.ClassOK, "rss/rss2_gbk_http_says_utf8.xml": crisis.ClassOK,
	"mastodon/empty.json": crisis.ClassEmptyOK, "mastodon/error_401.json": crisis.ClassAuth, "mastodon/error_404.json": crisis.ClassGone, "mastodon/error_429.json": crisis.ClassRateLimited,
	"mastodon/error_403_cdn_challenge.html": crisis.ClassGated,
	"bluesky/searchPosts_empty.json":        crisis.ClassEmptyOK, "bluesky/error_400_bad_query.json": crisis.ClassSoftError, "bluesky/error_403_admin_rules.html": crisis.ClassGated,
	"bluesky/error_401_authmissing.json": crisis.ClassAuth, "bluesky/error_429.json": crisis.ClassRateLimited,
	"hackernews/search_by_date_empty.json": crisis.ClassEmptyOK, "hackernews/error_400.json": crisis.ClassSoftError, "hackernews/error_429.json": crisis.ClassRateLimited,
	"reddit/listing_empty.json": crisis.ClassEmptyOK, "reddit/error_403_blocked.html": crisis.ClassGated, "reddit/error_429.html": crisis.ClassRateLimited,
	"reddit/error_429.json": crisis.ClassRateLimited, "reddit/error_403_private.json": crisis.ClassGated,
	"discourse/posts_empty.json": crisis.ClassEmptyOK, "discourse/error_403_login_required.json": crisis.ClassAuth, "discourse/error_429.json": crisis.ClassRateLimited, "discourse/error_404.json": crisis.ClassGone,
	"telegram/error_429.html": crisis.ClassRateLimited, "telegram/landing_page.html": crisis.ClassSoftError,
	"youtube/commentThreads_empty.json": crisis.ClassEmptyOK, "youtube/error_403_commentsDisabled.json": crisis.ClassGated, "youtube/error_403_quotaExceeded.json": crisis.ClassRateLimited, "youtube/error_404_feed.html": crisis.ClassGone,
	"weibo/hotSearch_empty.json": crisis.ClassEmptyOK, "weibo/error_403_no_referer.json": crisis.ClassGated, "weibo/error_200_login_required.json": crisis.ClassGated,
	"weibo/error_302_visitor.html": crisis.ClassGated, "weibo/visitor_system_page.html": crisis.ClassGated,
	"zhihu/empty.json": crisis.ClassEmptyOK, "zhihu/error_403_need_login.json": crisis.ClassGated, "zhihu/error_302_signin.html": crisis.ClassGated,
	"baidu/api_board_empty.json": crisis.ClassEmptyOK, "baidu/error_302_captcha.html": crisis.ClassGated, "baidu/error_403_security_check.html": crisis.ClassGated,
	"toutiao/hot-board_empty.json": crisis.ClassEmptyOK, "toutiao/error_200_not_success.json": crisis.ClassSoftError,
	"douyin/hot_empty.json": crisis.ClassEmptyOK, "douyin/error_200_status_code.json": crisis.ClassSoftError, "douyin/error_200_empty_body": crisis.ClassSoftError,
	"bilibili/error_412.json": crisis.ClassGated, "bilibili/error_200_-352.json": crisis.ClassGated, "bilibili/error_200_comments_closed.json": crisis.ClassSoftError,
	"tieba/topicList_empty.json": crisis.ClassSoftError, "tieba/error_403_security_check.html": crisis.ClassGated,
	"liuyan/queryThreadsList_empty.json": crisis.ClassEmptyOK, "liuyan/queryThreadsList_fail.json": crisis.ClassSoftError, "liuyan/error_403_waf.html": crisis.ClassGated, "liuyan/error_200_empty_body": crisis.ClassSoftError,
	"govcn/error_200_soft404.html": crisis.ClassSoftError, "govcn/error_412_js_challenge.html": crisis.ClassGated, "govcn/error_403_waf.html": crisis.ClassSoftError,
	"hotline12345/nyc311_empty.json": crisis.ClassEmptyOK, "hotline12345/nyc311_error_400.json": crisis.ClassSoftError, "hotline12345/nyc311_error_429.json": crisis.ClassRateLimited,
	"hotline12345/open311_error_404.json": crisis.ClassGone, "hotline12345/cn_opendata_error_token.json": crisis.ClassAuth, "hotline12345/beijing_letterListJson.js": crisis.ClassMalformed,
	"wechat_comment/list_empty.json": crisis.ClassEmptyOK, "wechat_comment/error_88001.json": crisis.ClassSoftError, "wechat_comment/error_88000.json": crisis.ClassSoftError, "wechat_comment/error_88010.json": crisis.ClassSoftError,
	"wechat_comment/error_40001.json": crisis.ClassAuth, "wechat_comment/error_42001.json": crisis.ClassAuth, "wechat_comment/error_45009.json": crisis.ClassRateLimited, "wechat_comment/error_61024_48001.json": crisis.ClassAuth,
	"hotlist_unified/dailyhot_405.json": crisis.ClassSoftError, "hotlist_unified/dailyhot_500.html": crisis.ClassUnavailable, "hotlist_unified/newsnow_500.json": crisis.ClassUnavailable,
	"gdelt/artlist_empty.json": crisis.ClassSoftError, "gdelt/artlist_bad_escape.json": crisis.ClassMalformed, "gdelt/error_200_too_many_records.txt": crisis.ClassMalformed, "gdelt/error_200_short_keyword.txt": crisis.ClassMalformed, "gdelt/error_429.txt": crisis.ClassRateLimited,
	"cap/nws_error_400.json": crisis.ClassSoftError, "cap/nws_error_403_no_user_agent.html": crisis.ClassGated, "cap/nws_error_503.json": crisis.ClassUnavailable, "cap/nmc_empty.json": crisis.ClassEmptyOK, "cap/nmc_error.json": crisis.ClassSoftError,
	"own_account/weibo_error_10006.json": crisis.ClassSoftError, "own_account/weibo_error_token_expired.json": crisis.ClassAuth, "own_account/weibo_error_rate_limit.json": crisis.ClassRateLimited,
	"own_account/douyin_comment_empty.json": crisis.ClassEmptyOK, "own_account/douyin_error_token.json": crisis.ClassAuth, "own_account/douyin_error_scope.json": crisis.ClassAuth,
}

// reader returns the crawler that a payload should be read by.
func (r *recorded) reader(url string) Crawler {
	folder, _, _ := strings.Cut(r.File, "/")
	switch {
	case folder == "rss", strings.HasSuffix(r.File, "feed.xml"), strings.HasSuffix(r.File, "rss.xml"), r.File == "youtube/error_404_feed.html":
		return &Feed{URL: url, Zone: "Asia/Shanghai"}
	case folder == "telegram", folder == "govcn":
		return &List{URL: url, Item: "li, .tgme_widget_message", Zone: "Asia/Shanghai", Limit: 10}
	}
	success := map[string]string{"toutiao": "status=success", "liuyan": "result=success"}[folder]
	return &JSON{URL: url, Success: success, Items: lists[folder], Text: "text", Title: "title", Zone: "Asia/Shanghai", Pages: 1}
}

// TestRecorded reads every recorded payload as each kind of source and checks that
// nothing crashes; that no failure hands out a cursor; and that the payloads named
// in wanted end in their class.
func TestRecorded(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recordings(t) {
		if strings.HasPrefix(r.File, "robots/") || strings.HasPrefix(r.File, "webhook/") {
			continue
		}
		seen[r.File] = true
		t.Run(r.File, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/robots.txt" {
					http.NotFound(w, req)
					return
				}
				for k, v := range r.Headers {
					w.Header().Set(k, v)
				}
				if r.ContentType != "" {
					w.Header().Set("Content-Type", r.ContentType)
				}
				w.WriteHeader(r.Status)
				if _, err := w.Write(r.body); err != nil && r.Status != http.StatusNotModified {
					t.Error(err)
				}
			}))
			defer s.Close()
			web := testWeb(t, Options{})
			for _, c := range []Crawler{&Feed{URL: s.URL, Zone: "UTC"}, &List{URL: s.URL, Item: "li", Zone: "UTC", Limit: 5}, &JSON{URL: s.URL, Title: "title", Zone: "UTC", Pages: 1}, r.reader(s.URL)} {
				h, err := c.Crawl(t.Context(), web, "")
				if err != nil && (h.Cursor != "" || len(h.Posts) > 0) {
					t.Errorf("%T fails with %v and moves its cursor to %s", c, err, h.Cursor)
				}
				if err == nil && !h.Class.Sees() {
					t.Errorf("%T succeeds with class %s", c, h.Class)
				}
			}
			h, err := r.reader(s.URL).Crawl(t.Context(), web, "")
			got := h.Class
			if err != nil {
				got = ClassOf(err)
			}
			if want, ok := wanted[r.File]; ok && got != want {
				t.Errorf("class %s (%v), want %s", got, err, want)
			}
		})
	}
	for file := range wanted {
		if !seen[file] {
			t.Errorf("%s is not in the pack", file)
		}
	}
}

// TestRecordedPush delivers the recorded pushes.
func TestRecordedPush(t *testing.T) {
	const secret = "whsec_dGVzdC1rZXktbm90LWEtc2VjcmV0LTAxMjM0NTY3ODk="
	push := &Push{Secret: secret, Tolerance: 5 * 60e9, Zone: "Asia/Shanghai"}
	now := parseUnix(1795329000)
	for _, r := range recordings(t) {
		name, ok := strings.CutPrefix(r.File, "webhook/")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			h := http.Header{"Content-Type": {r.ContentType}}
			for k, v := range r.Headers {
				h.Set(k, v)
			}
			signed := h.Get("Webhook-Signature") != ""
			if !signed {
				h = signedHeader(t, secret, "msg_1", now, r.body)
			}
			got, err := push.Receive("", h, r.body, now)
			switch {
			case r.Status == 401:
				wantClass(t, err, crisis.ClassAuth)
			case name == "invalid_json.txt", name == "invalid_types.json", name == "grafana_style_alert.json":
				wantClass(t, err, crisis.ClassMalformed)
			case err != nil || len(got.Posts) == 0:
				t.Errorf("Receive = %d posts, %v", len(got.Posts), err)
			case name == "batch.ndjson" && got.Detail == "":
				t.Error("the broken line is not named")
			}
		})
	}
}
