package playbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"watchfire/crisis"
)

// phasesOf says which phases stand under which heading of a written plan. The
// headings are those of municipal plans for press work in emergencies.
var (
	inquiry   = []string{"verify", "assess"}
	responses = []string{"report", "activate", "respond", "sustain"}
	aftermath = []string{"recover", "review"}
)

// stepHeader is the head of a table of steps; an importer knows it again.
var stepHeader = []string{"编号", "步骤", "责任岗位", "时限", "留存凭据"}

// Export writes a plan as a document under the headings of an official plan: 总则,
// 组织体系, 分级, 响应, 舆情收集与研判, 后期处置, 保障, 附则, and its templates as an
// annex. The words are the plan's own; org is who issues it and may be empty.
func (l *Library) Export(p *Playbook, org string) *Document {
	d := &Document{Title: p.Title.In("zh"), Org: org}
	l.exportGeneral(d, p)
	l.exportRoles(d, p)
	exportLevels(d, p)
	d.Heading(1, "四、响应")
	l.exportSteps(d, p, responses)
	d.Heading(1, "五、舆情收集与研判")
	l.exportSteps(d, p, inquiry)
	d.Heading(1, "六、后期处置")
	l.exportSteps(d, p, aftermath)
	exportClosing(d, p)
	l.exportSupport(d, p)
	d.Heading(1, "八、附则")
	d.Paragraph(Bold("预案编号和版本："), Plain(p.ID+"，"+p.Version+"。"))
	if !p.Reviewed.IsZero() {
		d.Paragraph(Bold("最近一次评审："), Plain(p.Reviewed.Format("2006年1月2日")+"。"))
	}
	d.Paragraph(Plain("本预案由" + cmp.Or(org, "发布单位") + "负责解释，自印发之日起施行。"))
	l.exportTemplates(d, p)
	return d
}

func (l *Library) exportGeneral(d *Document, p *Playbook) {
	d.Heading(1, "一、总则")
	d.Heading(2, "（一）目的")
	d.Paragraph(Plain(p.Purpose))
	d.Heading(2, "（二）依据")
	for i, b := range p.Basis {
		d.Paragraph(Plain(fmt.Sprintf("%d．%s", i+1, b)))
	}
	d.Heading(2, "（三）适用")
	a := p.Applies
	d.Paragraph(Bold("适用议题："), Plain(orNone(a.Topics)))
	d.Paragraph(Bold("关键词："), Plain(orNone(a.Keywords.Any)))
	d.Paragraph(Bold("排除词："), Plain(orNone(a.Keywords.None)))
	var signals []string
	for _, s := range slices.Concat(a.Signals.Any, a.Signals.Alone) {
		signals = append(signals, l.words.SignalName(s).ZH)
	}
	d.Paragraph(Bold("启动信号："), Plain(orNone(signals)), Plain("；最低级别"+a.MinLevel.String()+"级。"))
	d.Heading(2, "（四）原则")
	d.Paragraph(Plain("属地管理、分级负责，谁主管谁负责（国办发〔2016〕61号）。"))
}

func orNone(list []string) string { return cmp.Or(strings.Join(list, "、"), "无") }

func (l *Library) exportRoles(d *Document, p *Playbook) {
	d.Heading(1, "二、组织体系")
	name := func(role string) string { return l.words.RoleName(role).ZH }
	d.Paragraph(Bold("牵头："), Plain(name(p.Roles.Lead)), Bold("　决策："), Plain(name(p.Roles.Decision)), Bold("　责任部门："), Plain(name(p.Roles.Owner)))
	if p.Roles.Voice != "" {
		d.Paragraph(Bold("发布主体："), Plain(name(p.Roles.Voice)))
	}
	seats := map[string]string{}
	for _, s := range l.words.Seats {
		seats[s.ID] = s.ZH
	}
	var rows [][]string
	for _, r := range l.words.Roles {
		var ids []string
		for i := range p.Steps {
			if p.Steps[i].Role == r.ID {
				ids = append(ids, p.Steps[i].ID)
			}
		}
		if len(ids) > 0 {
			rows = append(rows, []string{r.ZH, seats[r.SmallOffice], strings.Join(ids, "、")})
		}
	}
	d.Table([]string{"岗位", "小班子由谁兼", "承担的步骤"}, rows, []int{3, 2, 5})
}

func exportLevels(d *Document, p *Playbook) {
	d.Heading(1, "三、分级")
	d.Paragraph(Plain("事件等级（伤害）与舆情等级（关注）分开评定，响应级别取较高的一个；预警颜色另计。"))
	names := map[crisis.Level]string{crisis.LevelI: "Ⅰ级（特别重大）", crisis.LevelII: "Ⅱ级（重大）", crisis.LevelIII: "Ⅲ级（较大）", crisis.LevelIV: "Ⅳ级（一般）"}
	var rows [][]string
	for _, level := range levels {
		rows = append(rows, []string{names[level], strings.Join(p.Levels[level.String()], "\n")})
	}
	d.Table([]string{"级别", "有下列情形之一的"}, rows, []int{1, 4})
	for _, f := range p.LevelFloor {
		d.Paragraph(Plain(f.When + "的，不低于" + names[f.Min] + "。"))
	}
}

// exportSteps writes the steps of some phases, a table for each phase.
func (l *Library) exportSteps(d *Document, p *Playbook, phases []string) {
	n := 0
	for _, phase := range phases {
		var rows [][]string
		for i := range p.Steps {
			if s := &p.Steps[i]; s.Phase == phase {
				rows = append(rows, []string{s.ID, s.Title.In("zh") + "\n" + s.Text, l.words.RoleName(s.Role).ZH, l.due(s), s.Evidence.Ask})
			}
		}
		if len(rows) > 0 {
			n++
			d.Heading(2, "（"+numeral(n)+"）"+l.words.PhaseName(phase).ZH)
			d.Table(slices.Clone(stepHeader), rows, []int{11, 40, 14, 19, 16})
		}
	}
}

func numeral(n int) string { return string([]rune("零一二三四五六七八九十")[min(n, 10)]) }

// due says when a step is due, for which levels, and its red lines.
func (l *Library) due(s *Step) string {
	from := cmp.Or(s.DueFrom, crisis.FromDetected)
	lines := []string{l.words.AnchorName(from).ZH + "后" + spansIn(s.DueAfter).ZH + "内"}
	if len(s.RepeatEvery) > 0 {
		lines = append(lines, "每"+minutes(spansIn(s.RepeatEvery))+"一次，到"+l.words.UntilName(s.RepeatUntil).ZH)
	}
	if len(s.Levels) > 0 {
		lines = append(lines, "限"+levelsIn(s.Levels).ZH)
	}
	for _, id := range s.Limit {
		if d, ok := l.deadlines[id]; ok {
			lines = append(lines, "红线："+d.What+"（"+d.Source()+"）")
		}
	}
	return strings.Join(lines, "\n")
}

// minutes says times as a document does: 30分钟.
func minutes(t Text) string { return strings.ReplaceAll(t.ZH, "分", "分钟") }

func exportClosing(d *Document, p *Playbook) {
	d.Heading(2, "（三）结案")
	m := p.Closing.Machine
	d.Paragraph(Plain(fmt.Sprintf("声量连续%s不超过平常%g倍、负面占比与平常相差不超过%g个百分点的，可以提请结案。", spanZH(m.QuietFor), m.QuietRatio, m.MoodWithin*100)))
	if m.NoPromise {
		d.Paragraph(Plain("有未兑现的公开承诺的，不得结案。"))
	}
	for _, c := range slices.Concat(m.Sentences, p.Closing.Human) {
		d.Paragraph(Plain("须由人确认：" + c + "。"))
	}
	d.Heading(2, "（四）复盘要回答的问题")
	for i, q := range p.Questions {
		d.Paragraph(Plain(fmt.Sprintf("%d．%s", i+1, q)))
	}
}

func (l *Library) exportSupport(d *Document, p *Playbook) {
	d.Heading(1, "七、保障")
	d.Heading(2, "（一）升级提醒")
	words := &differ{words: &l.words}
	for i := range p.Escalation {
		d.Paragraph(Plain(fmt.Sprintf("%d．%s。", i+1, words.escalate(&p.Escalation[i]).ZH)))
	}
	d.Heading(2, "（二）硬性时限")
	checked := map[string]string{"law-text": "读过原文", "excerpt": "见过引文", "memory": "凭记忆，待核"}
	var rows [][]string
	for _, id := range p.Deadlines {
		if x, ok := l.deadlines[id]; ok {
			rows = append(rows, []string{x.What, x.Source(), checked[x.Checked]})
		}
	}
	d.Table([]string{"时限", "出处", "核对方式"}, rows, []int{5, 4, 2})
}

func (l *Library) exportTemplates(d *Document, p *Playbook) {
	d.Heading(1, "附件：文稿模板")
	for _, w := range l.words.StatementKinds {
		if s, ok := p.Statements[w.ID]; ok {
			d.Heading(2, w.ZH)
			for line := range strings.SplitSeq(strings.TrimSpace(s.ZH), "\n") {
				d.Paragraph(Plain(line))
			}
			d.Paragraph(Plain("必填：" + orNone(s.MustHave)))
		}
	}
}
