package crawlers

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Marks by which answers are told from what was asked for. They are anchored to
// where a wall shows them, a page's own title or an error's field: the posts we
// read speak of broken sites and captchas, too, and a source must not fall blind
// because of its news.

// gateHosts and gatePaths are labels of hosts, and parts of paths, that log-in and
// captcha pages have.
var (
	gateHosts = []string{"passport", "wappass", "login", "signin", "sso", "captcha", "verify"}
	gatePaths = []string{"login", "signin", "captcha", "visitor", "unhuman", "sso"}
)

// gate says whether an address is a log-in or captcha page.
func gate(u *url.URL) bool {
	label, _, _ := strings.Cut(strings.ToLower(u.Hostname()), ".")
	if slices.Contains(gateHosts, label) {
		return true
	}
	for part := range strings.SplitSeq(strings.ToLower(u.Path), "/") {
		name, _, _ := strings.Cut(part, ".")
		if slices.Contains(gatePaths, name) {
			return true
		}
	}
	return false
}

// wallTitle is the title of a log-in, captcha or challenge page; landing marks
// Telegram's page for a channel that has no public preview; wallField are log-in
// demands in JSON; challengePage is a page that is nothing but a script to run.
var (
	wallTitle = regexp.MustCompile(`(?i)^(百度|\S{0,4})?(安全验证|访问验证|人机验证|滑动验证(页面)?|验证码中间页|访问被拦截|访问被阻断|环境异常|请登录|请先登录)$|` +
		`^(Sina Visitor System|Just a moment\.*|Attention Required!.*|Access Denied|Blocked|Security Check)$`)
	wallField = regexp.MustCompile(`^\s*\{[^{}\[]{0,200}("ok"\s*:\s*-100\b|"code"\s*:\s*-(352|412)\b)|^\s*\{\s*"error"\s*:\s*\{[^{}\[]{0,400}"need_login"\s*:\s*true`)
	landing   = []byte(`<div class="tgme_page"`)
)

// missing is the title of a page that says "not found" with status 200.
var missing = regexp.MustCompile(`(?i)^(404\b.*|(error|错误)\s*404.*|.{0,12}(页面不存在|页面未找到|找不到页面|页面已删除|页面找不到).{0,8}|出错了|页面出错|(page )?not found)$`)

// blocked are words of a firewall that answers with a status of its own choice;
// closed are words of a source that its owner has shut; loginNeeded are the words of
// a forum for members; quota are words for "too often".
var (
	blocked     = regexp.MustCompile(`访问被(阻断|拦截|拒绝)|安全威胁|安全验证`)
	closed      = regexp.MustCompile(`"reason"\s*:\s*"commentsDisabled"`)
	loginNeeded = regexp.MustCompile(`login_required|not_logged_in`)
	quota       = regexp.MustCompile(`(?i)quotaExceeded|rateLimitExceeded|rate limit|"error_code"\s*:\s*"?1002[234]\b|too many requests|\b45009\b|limit requests to one every`)
)

// business is an error code inside an answer of status 200.
var business = regexp.MustCompile(`"(?:errcode|error_code)"\s*:\s*"?(-?\d+)`)

// tokens are business codes that mean "renew the access": of WeChat, Weibo and
// Douyin's open platforms.
var tokens = map[string]bool{
	"40001": true, "40014": true, "41001": true, "42001": true, "21314": true, "21315": true, "21316": true, "21317": true, "21327": true,
	"2190002": true, "2190004": true, "2190008": true, "48001": true, "61024": true,
}

// walled says whether a body is a wall, whatever the status.
func walled(top []byte) bool {
	return wallTitle.MatchString(pageTitle(top)) || wallField.Match(top) || looksHTML(top) && bytes.Contains(top, landing)
}

// challenged says whether a content network answered with a challenge of its own.
func challenged(h http.Header) bool {
	return strings.EqualFold(h.Get("Cf-Mitigated"), "challenge") || h.Get("X-Amzn-Waf-Action") != ""
}

var titleTag = regexp.MustCompile(`(?is)<title[^>]{0,100}>([^<]{0,200})</title`)

// pageTitle is the title of a web page, "" of anything else: the titles of a feed's
// items are news.
func pageTitle(top []byte) string {
	if !looksHTML(top) {
		return ""
	}
	m := titleTag.FindSubmatch(top)
	if m == nil {
		return ""
	}
	return tidy(html.UnescapeString(string(m[1])))
}
