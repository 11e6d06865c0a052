package alerts

import "watchfire/crisis"

// remedy is what a person can do about a source that cannot be seen, by how it
// fails. Watching by hand is the answer to all of them until it is repaired.
type remedy struct{ zh, en string }

var remedies = map[crisis.Class]remedy{
	crisis.ClassRateLimited: {"会按对方要求的时间自动重试；经常这样，就把采集间隔调大", "we wait as told and try again; if it happens often, visit less often"},
	crisis.ClassAuth:        {"请管理员更换令牌或密钥，再恢复采集", "renew the token or key, then resume"},
	crisis.ClassGated:       {"已暂停采集。请人工打开网站看看，验证撤了再恢复；这期间人工值守", "collection is paused; look at the site, resume when the wall is gone, and have a person watch it until then"},
	crisis.ClassForbidden:   {"请联系对方取得许可，或者换一个来源", "ask for permission, or choose another source"},
	crisis.ClassSoftError:   {"多半是网站改版：请打开网站核对，更新采集规则；这期间人工值守", "the site has probably changed: compare and update the rules; have a person watch it until then"},
	crisis.ClassMalformed:   {"会自动重试；一直这样，就通知对方网站", "we try again; if it stays, tell the site"},
	crisis.ClassGone:        {"请找到新地址，更新配置", "find the new address and update the configuration"},
	crisis.ClassUnavailable: {"会自动重试。请人工打开网站看看；打得开，就先人工值守", "we try again; open the site yourself, and if it opens, have a person watch it"},
	crisis.ClassStale:       {"请人工打开网站核对有没有新内容；有，就先人工值守，并检查采集规则", "open the site and look for new posts; if there are any, have a person watch it and check our rules"},
}

// remedy returns what to do about trouble: what its cause advises, else what helps
// with that class of failure.
func (t teller) remedy(x *crisis.Trouble) string {
	if x.Fix != "" {
		return x.Fix
	}
	if t.words == &en {
		return remedies[x.Class].en
	}
	return remedies[x.Class].zh
}
