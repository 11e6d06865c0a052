package console

import "maps"

// init adds to the names of what a draft leaves to be filled in those of plans for
// one kind of matter only.
func init() { maps.Copy(fills, specialFills) }

// specialFills are the Chinese names of placeholders that belong to plans of one kind.
var specialFills = map[string]string{
	"account": "发布账号", "action": "正在做的事", "active_warning": "仍在生效的预警", "adopted": "采纳条数", "adopted_list": "采纳的意见", "against_us": "对我方不利的事实",
	"allegation": "反映的问题", "already_done": "已按原规定办理的怎么算", "arrangement": "上课和放学安排", "assessor": "核定单位", "authority": "监测发布机构", "burden": "带来的不便",
	"cdc": "疾控机构", "child_status": "孩子现状", "clinics": "就诊医院", "clip_note": "网上片段的情况", "clip_omits": "片段没有的内容", "closures": "停课停运安排", "command": "指挥机构",
	"condition": "当事人状况", "confidence": "把握程度", "confirmed": "已确认的事实", "confirmed_scope": "已确认的范围", "contained": "止血情况", "control": "控制措施",
	"data_types": "涉及的信息种类", "difference": "和原文的差别", "discharged": "出院人数", "disposal": "产品去向", "distribution": "分送范围", "doc_link": "原文链接",
	"doc_no": "文号", "doc_status": "文件状态", "doc_title": "文件名称", "doing_steps": "正在进行的工作", "done_n": "已办结件数", "done_steps": "已完成的工作",
	"effective_date": "施行日期", "end_time": "终止时间", "event_level_by": "等级核定单位", "evidence_form": "证据形式", "example": "算例", "expected": "预计情况",
	"extension": "延期情况", "fact_or_ack": "事实或者认错的话", "family_contact": "家属联系人", "family_status": "家属情况", "fault": "差错", "faults": "执法中的问题",
	"faults_action": "对问题的处理", "findings_public": "可以公开的查明事实", "fix": "已作的改进", "fix_time": "更正时间", "fix_wording": "怎样修改表述", "forces": "投入力量",
	"guardian_status": "监护人情况", "harm": "可能的危害", "hazard": "灾害种类", "help_done": "已处置求助件数", "help_in": "收到求助件数", "help_link": "网上求助入口",
	"help_open": "没有接上的求助条数", "how": "怎么办理", "how_apply": "申请办法", "how_to_check": "怎么查", "ill_count": "就医人数", "ill_prev": "上次通报的就医人数",
	"implementation": "实施安排", "in_hospital": "在院人数", "individual_steps": "个人可以采取的措施", "inform_time": "告知时间", "interim_measure": "调查期间的措施",
	"issue": "大家说的事", "issuing_station": "发布预警的气象台站", "law_basis": "法律依据", "lifelines": "路电水网情况", "list_link": "名单公示链接", "losers": "受损的人群",
	"meaning": "数值的含义", "measures": "已采取的措施", "missing": "缺失的记录", "missing_why": "缺失的原因", "moved": "转移人数", "name": "姓名", "name_role": "依法公开的姓名职务",
	"neutral_fact": "事情（只写事实）", "new_qa": "新增问答", "not_proved": "没有查实的问题", "not_public": "不予公开的内容", "notified": "已通知人数", "one_line_answer": "一句话答复",
	"options": "可选的处理", "original_text": "文件原文", "other_students": "其他学生情况", "outlook": "趋势预报", "oversight": "监督部门", "patient_status": "患者情况",
	"penalty": "处罚", "pending_plan": "未办结的安排", "person": "当事人（不写姓名）", "person_role": "被反映人的职务", "post_time": "原内容发布时间", "procedure_check": "程序审查情况",
	"product_scope": "产品和批次", "protect_steps": "自我保护办法", "protection": "举报人保护情况", "proved": "查实的问题", "psy_contact": "心理老师电话", "public_docs": "可以公开的材料",
	"reason_not": "没有查实的原因", "reasons": "理由", "receipt": "回执", "recused": "回避人员", "relief": "救助安排", "replied_n": "已答复件数", "reply_by": "答复期限",
	"report_no": "报告编号", "report_source": "反映来源", "reported": "接报情况", "reported_edu": "报教育部门的时间", "reported_police": "报公安的时间", "reported_time": "报告时间",
	"reported_to": "报给哪些机关", "request_n": "诉求件数", "response_level": "应急响应级别", "restored": "已抢通的", "result_n": "已出结果份数", "result_text": "检验结果",
	"result_time": "出结果时间", "risk_items": "对方索要的东西", "sample_n": "采样份数", "samples": "采样份数", "sanction": "处分", "school_short": "学校简称", "scope": "范围",
	"scope_prev": "上次通报的范围", "sealed": "已封存的记录", "severe": "重症人数", "share_ambiguous": "有歧义的占比", "share_object": "不同意的占比", "share_unclear": "没看懂的占比",
	"shelters": "避难点", "standard": "标准限值", "start_time": "介入时间", "still_out": "仍中断的", "substitute": "替代供餐", "support": "后续支持", "symptoms": "症状",
	"system": "系统名称", "tech_unit": "技术核查单位", "ticket": "工单编号", "timeline": "查明的经过", "title": "标题", "to_notify": "应通知人数", "total_ill": "累计就医人数",
	"transfer": "移送情况", "transition": "过渡期和困难群体安排", "unclear": "写得不清楚的地方", "verifier": "核查单位", "video_note": "录像情况", "video_time": "录像时段",
	"view_time": "查看时间", "warning_color": "预警颜色", "warning_time": "预警发布时间", "who": "受影响的人", "who_moves": "需要转移的人", "who_not": "不受影响的人",
	"who_pays": "费用由谁承担", "wider_check": "排查情况",
}
