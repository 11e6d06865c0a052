package alerts

import (
	"strings"
	"time"
)

// dingtalkStale is the code of a token that ended or is not known.
const dingtalkStale = "InvalidAuthentication"

var (
	fixDingTalkApp   = fix{"应用凭证不对：到钉钉开发者后台“凭证与基础信息”核对 Client ID 和 Client Secret，并确认应用已启用", "the app's credentials are not accepted: check Client ID and Client Secret on its page of credentials, and that the app is enabled"}
	fixDingTalkGroup = fix{"卡片没有投到群里：核对 conversation（openConversationId）和 robot_code，确认群没有解散、该应用的机器人还在群里", "the card was not delivered to the group: check conversation (openConversationId) and robot_code, that the group was not dissolved, and that the app's robot is in it"}
	fixDingTalkCard  = fix{"卡片模板用不了：在钉钉卡片平台核对 template，确认模板已发布，变量与文档一致", "the card template cannot be used: check template on DingTalk's card platform, that it is published and has the variables that the documentation names"}
	fixDingTalkScope = fix{"应用没有发卡片的权限：在钉钉开发者后台“权限管理”开通“互动卡片实例写权限”（Card.Instance.Write）", "the app may not send cards: give it the permission Card.Instance.Write (互动卡片实例写权限) in the developer console"}
	fixDingTalkIP    = fix{"应用设了 IP 白名单，本机不在其中：在钉钉开发者后台“安全设置”加上本机的出口 IP", "the app has an IP allow-list and this machine is not on it: add the address it has outside, on the app's page of security"}
	fixDingTalkWords = fix{"内容没有通过钉钉的安全审查：到处理页查看并另行通知，同时向钉钉服务台反映", "DingTalk's review of content refuses the text: read it in the console, tell people otherwise, and report it to DingTalk"}
)

// dingtalkRemedies is what can be done about the codes of the interface for apps, by
// words in them, the first that fits. The codes are written in dotted words that grow
// with the interface (https://open.dingtalk.com/document/orgapp/create-and-deliver-cards);
// that a rate was exceeded is below "Forbidden" as well, and comes first.
var dingtalkRemedies = []struct {
	words []string
	remedy
}{
	{[]string{"qpslimit", "toomanyrequests", "flowcontrol", "throttl"}, remedy{wait: true, after: time.Second}},
	{[]string{"unavailable", "systemerror", "internal", "unknownerror", "timeout", "busy"}, remedy{wait: true}},
	{[]string{"whitelist"}, remedy{fix: fixDingTalkIP}},
	{[]string{"permissiondenied", "accessdenied", "nopermission"}, remedy{fix: fixDingTalkScope}},
	{[]string{"authentication", "accesstoken", "clientid", "clientsecret", "appkey", "appsecret", "authfailed"}, remedy{fix: fixDingTalkApp}},
	{[]string{"contentunsafe", "contentsecurity", "contentcheck"}, remedy{fix: fixDingTalkWords}},
	{[]string{"cardnotexist", "cardnotfound", "instancenotexist", "instancenotfound", "outtrackidnotexist", "outtrackidnotfound", "cardinstance.notexist"}, remedy{lost: true}},
	{[]string{"template"}, remedy{fix: fixDingTalkCard}},
	{[]string{"openspace", "conversation", "chatbot", "robot", "deliver", "group"}, remedy{fix: fixDingTalkGroup}},
	{[]string{"param", "invalid"}, remedy{form: true}},
}

// dingtalkRemedy is what can be done about a code.
func dingtalkRemedy(code string) (remedy, bool) {
	code = strings.ToLower(code)
	for _, x := range dingtalkRemedies {
		for _, w := range x.words {
			if strings.Contains(code, w) {
				return x.remedy, true
			}
		}
	}
	return remedy{}, false
}
