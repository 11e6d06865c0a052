package crawlers

import (
	"net/http"
	"strings"
	"testing"

	"watchfire/crisis"
)

// TestNewsIsNoWall holds that posts about broken sites, captchas and log-ins are
// read: a source must not fall blind, or be stopped, because of its news.
func TestNewsIsNoWall(t *testing.T) {
	for name, body := range map[string]string{
		"feed":            `<?xml version="1.0"?><rss><channel><title>云川日报</title><item><title>市民反映政务服务网无法访问</title></item><item><title>人机验证</title></item><item><title>404</title></item></channel></rss>`,
		"article":         `<!DOCTYPE html><html><title>市民反映政务网页面不存在，官方回应正在抢修 - 云川日报</title><p>页面不存在</p></html>`,
		"about captchas":  `<html><title>警惕“人机验证”新骗局 - 云川警方</title></html>`,
		"about log-in":    `<html><title>社保查询请登录新平台的通知</title></html>`,
		"JSON of posts":   `{"ok":1,"data":[{"need_login":true,"code":-352,"text":"安全验证打不开","url":"https://passport.example.cn/x"}]}`,
		"need_login":      `{"code":0,"need_login":false,"data":[]}`,
		"speaks of codes": `<html><title>x</title>"error_code": 10023</html>`,
		"a long answer":   `{"data":[` + strings.Repeat(`{"error_code":7},`, 400) + `{}]}`,
	} {
		if err := classify(http.StatusOK, http.Header{}, []byte(body), testNow); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWalls(t *testing.T) {
	for _, c := range []struct {
		status int
		header string
		body   string
		want   crisis.Class
	}{
		{200, "", `<!DOCTYPE html><html><title>百度安全验证</title></html>`, crisis.ClassGated},
		{200, "", `<html><head><title> Just a moment... </title></head></html>`, crisis.ClassGated},
		{503, "", `<html><head><title>Attention Required! | Cloudflare</title></head></html>`, crisis.ClassGated},
		{200, "Cf-Mitigated", `<html></html>`, crisis.ClassGated},
		{202, "X-Amzn-Waf-Action", ``, crisis.ClassGated},
		{200, "", `{"ok":-100,"url":"x"}`, crisis.ClassGated},
		{405, "", `您的访问被阻断`, crisis.ClassGated},
		{451, "", ``, crisis.ClassGated},
		{405, "", `method not allowed`, crisis.ClassSoftError},
		{200, "", `<html><title>404 Not Found</title></html>`, crisis.ClassSoftError},
		{200, "", `<html><title>您访问的页面不存在</title></html>`, crisis.ClassSoftError},
		{200, "", " \n", crisis.ClassSoftError},
		{204, "", "", crisis.ClassSoftError},
		{300, "", "x", crisis.ClassSoftError},
		{410, "", "", crisis.ClassGone},
		{408, "", "", crisis.ClassUnavailable},
		{522, "", "", crisis.ClassUnavailable},
	} {
		h := http.Header{}
		if c.header != "" {
			h.Set(c.header, "challenge")
		}
		wantClass(t, classify(c.status, h, []byte(c.body), testNow), c.want)
	}
}
