package crawlers

import (
	"testing"

	"watchfire/crisis"
)

// plan says how a payload is read and what must come of it.
type plan struct {
	crawler func(t testing.TB, r *recorded) Crawler
	cursor  string
	want    outcome
}

type maker func(t testing.TB, r *recorded) Crawler

// group is payloads of one folder that are read alike.
type group struct {
	folder string
	make   maker
	cursor string
	want   map[string]outcome
}

// page is where a payload lies, unless its reader says otherwise.
const page = "https://www.example.cn/page"

func feed() maker {
	return func(testing.TB, *recorded) Crawler { return &Feed{URL: page, Zone: "Asia/Shanghai"} }
}

func array(j JSON) maker {
	j.URL, j.Pages = page, 1
	if j.Zone == "" {
		j.Zone = "Asia/Shanghai"
	}
	return func(testing.TB, *recorded) Crawler { return &j }
}

func pages(l List) maker {
	if l.URL == "" {
		l.URL = page
	}
	l.Zone, l.Limit = "Asia/Shanghai", 10
	return func(testing.TB, *recorded) Crawler { return &l }
}

func export() maker {
	return func(t testing.TB, r *recorded) Crawler { return dropped(t, r) }
}

func look() maker {
	return func(testing.TB, *recorded) Crawler { return glance{page} }
}

// plansOf is how each payload of the pack is read. Formats that no kind reads are
// only looked at: their walls, refusals and limits must be told all the same.
func plansOf(t testing.TB) map[string]plan {
	t.Helper()
	out := map[string]plan{}
	for _, g := range groups {
		for name, want := range g.want {
			file := g.folder + "/" + name
			if _, twice := out[file]; twice {
				t.Errorf("%s has two plans", file)
			}
			out[file] = plan{g.make, g.cursor, want}
		}
	}
	return out
}

var groups = []group{
	{"rss", feed(), `{"etag":"\"66fa-1\""}`, map[string]outcome{"http_304": {crisis.ClassNotModified, 0}}},
	{"rss", feed(), "", map[string]outcome{
		"rss2_gov_news.xml": {crisis.ClassOK, 2}, "rss2_dates_mess.xml": {crisis.ClassOK, 11}, "rss2_gbk.xml": {crisis.ClassOK, 1},
		"rss2_gbk_http_says_utf8.xml": {crisis.ClassOK, 1}, "rss2_empty_channel.xml": {crisis.ClassEmptyOK, 0}, "rss2_truncated.xml": {crisis.ClassMalformed, 0},
		"rss2_control_chars.xml": {crisis.ClassOK, 1}, "rss2_dup_guid_updated.xml": {crisis.ClassOK, 2}, "rss1_rdf.xml": {crisis.ClassOK, 1}, "atom10.xml": {crisis.ClassOK, 1},
		"jsonfeed11.json": {crisis.ClassOK, 2}, "jsonfeed_invalid.json": {crisis.ClassMalformed, 0}, "html_instead_of_feed.html": {crisis.ClassSoftError, 0},
		"http_429_seconds": {crisis.ClassRateLimited, 0}, "http_503_date": {crisis.ClassUnavailable, 0}, "rsshub_weibo.xml": {crisis.ClassOK, 1},
		"rsshub.json": {crisis.ClassOK, 1},
	}},
	{"mastodon", array(JSON{Text: "content", ID: "uri", Author: "account.id", Published: "created_at"}), "", map[string]outcome{
		"public_timeline.json": {crisis.ClassOK, 3}, "tag_timeline.json": {crisis.ClassOK, 1}, "reblog_and_quote.json": {crisis.ClassOK, 1},
		"empty.json": {crisis.ClassEmptyOK, 0}, "error_401.json": {crisis.ClassAuth, 0}, "error_404.json": {crisis.ClassGone, 0},
		"error_429.json": {crisis.ClassRateLimited, 0}, "error_403_cdn_challenge.html": {crisis.ClassGated, 0},
	}},
	{"mastodon", look(), "", map[string]outcome{
		"instance_v2_excerpt.json": {crisis.ClassOK, 0}, "streaming_public.sse": {crisis.ClassOK, 0},
	}},
	{"bluesky", array(JSON{Items: "feed", Text: "post.record.text", ID: "post.uri"}), "", map[string]outcome{
		"getAuthorFeed.json": {crisis.ClassOK, 3},
	}},
	{"bluesky", array(JSON{Items: "posts", Text: "record.text", ID: "uri", Author: "author.did", Published: "indexedAt"}), "", map[string]outcome{
		"searchPosts.json": {crisis.ClassOK, 2}, "searchPosts_empty.json": {crisis.ClassEmptyOK, 0}, "error_400_bad_query.json": {crisis.ClassSoftError, 0},
		"error_403_admin_rules.html": {crisis.ClassGated, 0}, "error_401_authmissing.json": {crisis.ClassAuth, 0}, "error_429.json": {crisis.ClassRateLimited, 0},
		"jetstream_v2_400_cursor_too_old.json": {crisis.ClassSoftError, 0}, "jetstream_v2_400_v1_param.json": {crisis.ClassSoftError, 0},
	}},
	{"bluesky", look(), "", map[string]outcome{
		"jetstream_v1.jsonl": {crisis.ClassOK, 0}, "jetstream_v2_subscribeEvents.jsonl": {crisis.ClassOK, 0},
	}},
	{"hackernews", array(JSON{Items: "hits", Text: "story_text", Title: "title", ID: "objectID", Author: "author", Published: "created_at_i"}), "", map[string]outcome{
		"search_by_date_stories.json": {crisis.ClassOK, 3}, "search_by_date_empty.json": {crisis.ClassEmptyOK, 0}, "error_400.json": {crisis.ClassSoftError, 0},
		"error_429.json": {crisis.ClassRateLimited, 0},
	}},
	{"hackernews", array(JSON{Items: "hits", Text: "comment_text", Title: "title"}), "", map[string]outcome{
		"search_by_date_comment_and_ask.json": {crisis.ClassOK, 2},
	}},
	{"reddit", array(JSON{Items: "data.children", Text: "data.selftext", Title: "data.title", ID: "data.name", Author: "data.author_fullname", Published: "data.created_utc"}), "", map[string]outcome{
		"listing_new.json": {crisis.ClassOK, 3}, "listing_empty.json": {crisis.ClassEmptyOK, 0}, "error_403_blocked.html": {crisis.ClassGated, 0},
		"error_429.html": {crisis.ClassRateLimited, 0}, "error_429.json": {crisis.ClassRateLimited, 0}, "error_403_private.json": {crisis.ClassGated, 0},
	}},
	{"reddit", feed(), "", map[string]outcome{
		"new.rss.xml": {crisis.ClassOK, 1},
	}},
	{"discourse", array(JSON{Items: "latest_posts", Text: "cooked", ID: "id", Author: "user_id", Published: "created_at"}), "", map[string]outcome{
		"posts.json": {crisis.ClassOK, 3}, "posts_empty.json": {crisis.ClassEmptyOK, 0}, "error_403_login_required.json": {crisis.ClassAuth, 0},
		"error_429.json": {crisis.ClassRateLimited, 0}, "error_404.json": {crisis.ClassGone, 0},
	}},
	{"discourse", array(JSON{Items: "topic_list.topics", Title: "title"}), "", map[string]outcome{
		"latest.json": {crisis.ClassOK, 2},
	}},
	{"telegram", pages(List{URL: "https://t.me/s/example_channel", Item: ".tgme_widget_message[data-post]:not(.service_message)", Link: ".tgme_widget_message_date", Title: ".tgme_widget_message_poll_question", Text: ".tgme_widget_message_text.js-message_text", Time: "time[datetime]", Empty: ".tme_no_messages_found"}), "", map[string]outcome{
		"channel.html": {crisis.ClassOK, 5}, "channel_search_empty.html": {crisis.ClassEmptyOK, 0}, "no_preview_302.html": {crisis.ClassGated, 0},
		"landing_page.html": {crisis.ClassGated, 0}, "error_429.html": {crisis.ClassRateLimited, 0},
	}},
	{"youtube", feed(), "", map[string]outcome{
		"channel_feed.xml": {crisis.ClassOK, 2}, "error_404_feed.html": {crisis.ClassGone, 0},
	}},
	{"youtube", array(JSON{Items: "items", Text: "snippet.topLevelComment.snippet.textOriginal", ID: "id", Published: "snippet.topLevelComment.snippet.publishedAt"}), "", map[string]outcome{
		"commentThreads.json": {crisis.ClassOK, 1}, "commentThreads_empty.json": {crisis.ClassEmptyOK, 0}, "error_403_commentsDisabled.json": {crisis.ClassGone, 0},
		"error_403_quotaExceeded.json": {crisis.ClassRateLimited, 0},
	}},
	{"weibo", array(JSON{Items: "data.realtime", Title: "word", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "num"}}), "", map[string]outcome{
		"hotSearch_recorded_2026-09.json": {crisis.ClassOK, 5}, "hotSearch_full_fields.json": {crisis.ClassOK, 5}, "hotSearch_empty.json": {crisis.ClassEmptyOK, 0},
		"error_403_no_referer.json": {crisis.ClassGated, 0}, "error_200_login_required.json": {crisis.ClassGated, 0}, "error_302_visitor.html": {crisis.ClassGated, 0},
		"visitor_system_page.html": {crisis.ClassGated, 0},
	}},
	{"weibo", look(), "", map[string]outcome{
		"hotSearch_legacy_band_item.json": {crisis.ClassOK, 0}, "statuses_item.json": {crisis.ClassOK, 0},
	}},
	{"weibo", pages(List{Item: "#pl_top_realtimehot tbody tr", Link: "td.td-02 a"}), "", map[string]outcome{
		"top_summary.html": {crisis.ClassOK, 3},
	}},
	{"weibo", array(JSON{Items: "data.cards.0.card_group", Title: "desc"}), "", map[string]outcome{
		"container_hot.json": {crisis.ClassOK, 2},
	}},
	{"zhihu", array(JSON{Items: "data", Title: "target.title_area.text", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "target.metrics_area.text"}}), "", map[string]outcome{
		"hot-list-web.json": {crisis.ClassOK, 2}, "hot-list-web_full.json": {crisis.ClassOK, 2}, "empty.json": {crisis.ClassEmptyOK, 0},
		"error_403_need_login.json": {crisis.ClassGated, 0}, "error_302_signin.html": {crisis.ClassGated, 0},
	}},
	{"zhihu", array(JSON{Items: "data", Text: "target.excerpt", Title: "target.title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "detail_text"}}), "", map[string]outcome{
		"hot-lists-total.json": {crisis.ClassOK, 1},
	}},
	{"baidu", array(JSON{Items: "data.cards.0.content", Title: "word", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hotScore"}}), "", map[string]outcome{
		"api_board.json": {crisis.ClassOK, 3},
	}},
	{"baidu", array(JSON{Items: "data.cards.0.content.0.content", Title: "word", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hotScore"}}), "", map[string]outcome{
		"api_board_nested_2026.json": {crisis.ClassOK, 1},
	}},
	{"baidu", array(JSON{Items: "data.cards", Title: "word", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hotScore"}}), "", map[string]outcome{
		"api_board_empty.json": {crisis.ClassEmptyOK, 0}, "error_302_captcha.html": {crisis.ClassGated, 0}, "error_403_security_check.html": {crisis.ClassGated, 0},
	}},
	{"baidu", look(), "", map[string]outcome{
		"board_page_recorded.html": {crisis.ClassOK, 0},
	}},
	{"toutiao", array(JSON{Items: "data", Title: "Title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "HotValue"}, ID: "ClusterId", Success: "status=success"}), "", map[string]outcome{
		"hot-board_recorded.json": {crisis.ClassOK, 3}, "hot-board_full.json": {crisis.ClassOK, 2}, "hot-board_empty.json": {crisis.ClassEmptyOK, 0},
		"error_200_not_success.json": {crisis.ClassSoftError, 0},
	}},
	{"douyin", array(JSON{Items: "data.word_list", Title: "word", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hot_value"}, ID: "sentence_id", Published: "event_time"}), "", map[string]outcome{
		"hot_recorded.json": {crisis.ClassOK, 3}, "hot_full.json": {crisis.ClassOK, 2}, "hot_empty.json": {crisis.ClassEmptyOK, 0},
		"error_200_status_code.json": {crisis.ClassSoftError, 0}, "error_200_empty_body": {crisis.ClassSoftError, 0},
	}},
	{"bilibili", array(JSON{Items: "list", Title: "keyword"}), "", map[string]outcome{
		"hotword_recorded.json": {crisis.ClassOK, 4},
	}},
	{"bilibili", array(JSON{Items: "data.list", Text: "desc", Title: "title"}), "", map[string]outcome{
		"popular.json": {crisis.ClassOK, 2},
	}},
	{"bilibili", array(JSON{Items: "data.replies", Text: "content.message"}), "", map[string]outcome{
		"reply.json": {crisis.ClassOK, 1},
	}},
	{"bilibili", array(JSON{Items: "data.replies", Text: "content.message", Success: "code=0"}), "", map[string]outcome{
		"error_412.json": {crisis.ClassGated, 0}, "error_200_-352.json": {crisis.ClassGated, 0}, "error_200_comments_closed.json": {crisis.ClassSoftError, 0},
	}},
	{"tieba", array(JSON{Items: "data.bang_topic.topic_list", Text: "topic_desc", Title: "topic_name", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "discuss_num"}, Absent: true, Success: "errno=0"}), "", map[string]outcome{
		"topicList.json": {crisis.ClassOK, 2}, "topicList_empty.json": {crisis.ClassEmptyOK, 0}, "error_403_security_check.html": {crisis.ClassGated, 0},
	}},
	{"liuyan", array(JSON{Items: "responseData", Text: "content", Title: "subject", ID: "tid", Published: "dateline", Success: "result=success"}), "", map[string]outcome{
		"queryThreadsList.json": {crisis.ClassOK, 2}, "queryThreadsList_empty.json": {crisis.ClassEmptyOK, 0}, "queryThreadsList_fail.json": {crisis.ClassSoftError, 0},
		"error_403_waf.html": {crisis.ClassGated, 0}, "error_200_empty_body": {crisis.ClassSoftError, 0},
	}},
	{"liuyan", look(), "", map[string]outcome{
		"content_page.html": {crisis.ClassOK, 0},
	}},
	{"govcn", array(JSON{Title: "TITLE", Link: "URL", Published: "DOCRELPUBTIME"}), "", map[string]outcome{
		"YAOWENLIEBIAO.json": {crisis.ClassOK, 3}, "YAOWENLIEBIAO_empty.json": {crisis.ClassEmptyOK, 0},
	}},
	{"govcn", pages(List{Item: "li:not(.line)", Time: "span"}), "", map[string]outcome{
		"list_yaowen.html": {crisis.ClassOK, 3}, "list_trs_gbk.html": {crisis.ClassOK, 3}, "list_gbk_header_wrong.html": {crisis.ClassOK, 1},
		"error_200_soft404.html": {crisis.ClassSoftError, 0}, "error_412_js_challenge.html": {crisis.ClassGated, 0}, "error_403_waf.html": {crisis.ClassGated, 0},
	}},
	{"govcn", look(), "", map[string]outcome{
		"article.html": {crisis.ClassOK, 0}, "jpage_dataproxy.xml": {crisis.ClassOK, 0}, "jpage_empty.xml": {crisis.ClassOK, 0},
	}},
	{"govcn", feed(), "", map[string]outcome{
		"jpage_bad_entity.xml": {crisis.ClassMalformed, 0},
	}},
	{"govcn", array(JSON{Items: "data.records", Text: "contentOriginal", Title: "title", ID: "id", Published: "displayTime", Success: "code=0"}), "", map[string]outcome{
		"people_search.json": {crisis.ClassOK, 1}, "people_search_empty.json": {crisis.ClassEmptyOK, 0},
	}},
	{"hotline12345", array(JSON{Items: "result", Title: "letterTitle"}), "", map[string]outcome{
		"beijing_letterListJson.js": {crisis.ClassMalformed, 0},
	}},
	{"hotline12345", look(), "", map[string]outcome{
		"beijing_detail.html": {crisis.ClassOK, 0},
	}},
	{"hotline12345", array(JSON{Text: "descriptor", Title: "complaint_type", ID: "unique_key", Published: "created_date", Zone: "America/New_York"}), "", map[string]outcome{
		"nyc311_socrata.json": {crisis.ClassOK, 2}, "nyc311_empty.json": {crisis.ClassEmptyOK, 0}, "nyc311_error_400.json": {crisis.ClassSoftError, 0},
		"nyc311_error_429.json": {crisis.ClassRateLimited, 0},
	}},
	{"hotline12345", array(JSON{Text: "description", Title: "service_name", ID: "service_request_id", Published: "requested_datetime"}), "", map[string]outcome{
		"open311_requests.json": {crisis.ClassOK, 1}, "open311_error_404.json": {crisis.ClassGone, 0},
	}},
	{"hotline12345", array(JSON{Items: "data.list", Text: "SQNR", Title: "SQBT", ID: "GDBH", Published: "SLSJ", Success: "errcode=0"}), "", map[string]outcome{
		"cn_opendata_page.json": {crisis.ClassOK, 2}, "cn_opendata_error_token.json": {crisis.ClassAuth, 0},
	}},
	{"hotline12345", export(), "", map[string]outcome{
		"workorders_gbk.csv": {crisis.ClassOK, 2}, "workorders_utf8bom.csv": {crisis.ClassOK, 2}, "workorders_malformed.csv": {crisis.ClassMalformed, 0},
	}},
	{"wechat_comment", array(JSON{Items: "comment", Text: "content", ID: "user_comment_id", Author: "openid", Published: "create_time"}), "", map[string]outcome{
		"list.json": {crisis.ClassOK, 3}, "list_empty.json": {crisis.ClassEmptyOK, 0}, "error_88001.json": {crisis.ClassSoftError, 0},
		"error_88000.json": {crisis.ClassSoftError, 0}, "error_88010.json": {crisis.ClassSoftError, 0}, "error_40001.json": {crisis.ClassAuth, 0},
		"error_42001.json": {crisis.ClassAuth, 0}, "error_45009.json": {crisis.ClassRateLimited, 0}, "error_61024_48001.json": {crisis.ClassAuth, 0},
	}},
	{"wechat_comment", look(), "", map[string]outcome{
		"stable_token.json": {crisis.ClassOK, 0}, "freepublish_batchget_excerpt.json": {crisis.ClassOK, 0},
	}},
	{"hotlist_unified", array(JSON{Items: "data", Text: "desc", Title: "title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hot"}, ID: "id", Published: "timestamp"}), "", map[string]outcome{
		"dailyhot_route.json": {crisis.ClassOK, 3}, "dailyhot_405.json": {crisis.ClassSoftError, 0}, "dailyhot_500.html": {crisis.ClassUnavailable, 0},
	}},
	{"hotlist_unified", array(JSON{Items: "data", Text: "desc", Title: "title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "hot"}, ID: "id", Published: "timestamp"}), `{"full":true}`, map[string]outcome{
		"dailyhot_empty.json": {crisis.ClassSoftError, 0},
	}},
	{"hotlist_unified", look(), "", map[string]outcome{
		"dailyhot_all.json": {crisis.ClassOK, 0},
	}},
	{"hotlist_unified", array(JSON{Items: "items", Text: "extra.hover", Title: "title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "extra.info"}, ID: "id", Published: "pubDate"}), "", map[string]outcome{
		"newsnow_s.json": {crisis.ClassOK, 3}, "newsnow_500.json": {crisis.ClassUnavailable, 0},
	}},
	{"hotlist_unified", array(JSON{Items: "items", Text: "extra.hover", Title: "title", Kind: crisis.KindBoard, Metrics: map[string]string{"heat": "extra.info"}, ID: "id", Published: "pubDate"}), `{"full":true}`, map[string]outcome{
		"newsnow_cache.json": {crisis.ClassSoftError, 0},
	}},
	{"gdelt", array(JSON{Items: "articles", Title: "title", Link: "url", Published: "seendate", Absent: true}), "", map[string]outcome{
		"artlist.json": {crisis.ClassOK, 2}, "artlist_empty.json": {crisis.ClassEmptyOK, 0}, "artlist_bad_escape.json": {crisis.ClassMalformed, 0},
		"error_200_too_many_records.txt": {crisis.ClassSoftError, 0}, "error_200_short_keyword.txt": {crisis.ClassSoftError, 0}, "error_429.txt": {crisis.ClassRateLimited, 0},
	}},
	{"gdelt", look(), "", map[string]outcome{
		"timelinevol.json": {crisis.ClassOK, 0}, "timelinevolraw.json": {crisis.ClassOK, 0}, "timelinetone.json": {crisis.ClassOK, 0},
	}},
	{"cap", array(JSON{Items: "features", Text: "properties.description", Title: "properties.headline", ID: "properties.id", Published: "properties.sent", Kind: crisis.KindWarning}), "", map[string]outcome{
		"nws_alerts_recorded.json": {crisis.ClassOK, 3}, "nws_alerts_empty.json": {crisis.ClassEmptyOK, 0}, "nws_error_400.json": {crisis.ClassSoftError, 0},
		"nws_error_403_no_user_agent.html": {crisis.ClassGated, 0}, "nws_error_503.json": {crisis.ClassUnavailable, 0},
	}},
	{"cap", look(), "", map[string]outcome{
		"cap12_alert.xml": {crisis.ClassOK, 0}, "cap12_update.xml": {crisis.ClassOK, 0}, "cap12_cancel.xml": {crisis.ClassOK, 0}, "cap12_test_status.xml": {crisis.ClassOK, 0},
	}},
	{"cap", feed(), "", map[string]outcome{
		"cap12_malformed.xml": {crisis.ClassMalformed, 0}, "cap_xxe.xml": {crisis.ClassMalformed, 0}, "cap_atom_feed.xml": {crisis.ClassOK, 1},
	}},
	{"cap", array(JSON{Items: "alertData", Text: "description", Title: "headline", ID: "identifier", Published: "sendTime", Kind: crisis.KindWarning}), "", map[string]outcome{
		"12379_alarm_list_recorded.json": {crisis.ClassOK, 1},
	}},
	{"cap", array(JSON{Title: "title"}), "", map[string]outcome{
		"12379_detail_fields.json": {crisis.ClassOK, 2},
	}},
	{"cap", array(JSON{Items: "data.page.list", Title: "title", ID: "alertid", Published: "issuetime", Success: "code=0", Kind: crisis.KindWarning}), "", map[string]outcome{
		"nmc_findAlarm.json": {crisis.ClassOK, 2}, "nmc_empty.json": {crisis.ClassEmptyOK, 0}, "nmc_error.json": {crisis.ClassSoftError, 0},
	}},
	{"own_account", array(JSON{Items: "comments", Text: "text", ID: "id", Author: "user", Published: "created_at"}), "", map[string]outcome{
		"weibo_comments_to_me.json": {crisis.ClassOK, 2}, "weibo_comments_empty.json": {crisis.ClassEmptyOK, 0}, "weibo_error_10006.json": {crisis.ClassSoftError, 0},
		"weibo_error_token_expired.json": {crisis.ClassAuth, 0}, "weibo_error_rate_limit.json": {crisis.ClassRateLimited, 0},
	}},
	{"own_account", array(JSON{Items: "data.list", Text: "content", ID: "comment_id", Author: "comment_user_id", Published: "create_time"}), "", map[string]outcome{
		"douyin_comment_list.json": {crisis.ClassOK, 2}, "douyin_comment_empty.json": {crisis.ClassEmptyOK, 0}, "douyin_error_token.json": {crisis.ClassAuth, 0},
		"douyin_error_scope.json": {crisis.ClassAuth, 0},
	}},
}
