package browser

import (
	"net/url"
	"strings"
)

// firstStatement passes the reply rules: what is known, what is done, when there is
// more, and who says so on which day.
func (s *stage) firstStatement() string {
	return strings.ReplaceAll(`关于青溪区自来水异味的情况说明

今天傍晚起，青溪区部分市民反映自来水有异味。我市已启动供水应急预案，水务、卫健、生态环境部门正在现场采样检测。

检测结果公布前，请受影响区域的市民暂停饮用自来水，可到社区供水点免费取用桶装水。

我们将于今天22时公布检测结果和处置进展。供水服务热线：96116。

云川市人民政府新闻办公室
DAY`, "DAY", s.clock.Now().Format("2006年1月2日"))
}

// draftForm drafts a statement.
func draftForm(kind, plan, text string) url.Values {
	return url.Values{"do": {"draft"}, "kind": {kind}, "plan": {plan}, "text": {text}}
}
