package playbooks

import (
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
)

// ReportSight is one post of our own accounts that carries a statement of ours.
type ReportSight struct {
	Event  int    `json:"event"` // the event that says where it was seen
	Source string `json:"source"`
	Views  int64  `json:"views,omitempty"` // as the source showed them when the post was last fetched; 0: it shows none
}

// ReportQuotes is what the stored posts of the topic say of our statements from when
// one of them was published.
type ReportQuotes struct {
	Statement string    `json:"statement"` // "" for all statements together
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Posts     int       `json:"posts"`   // stored posts that are not ours
	Quoting   int       `json:"quoting"` // part of Posts that repeat a sentence of it
	Counted   int       `json:"counted"` // what was counted at the time, ours included: more than Posts where posts have been deleted by age
}

// ReportAsk is one request to us that speaks of the topic (诉求).
type ReportAsk struct {
	Key      crisis.PostKey  `json:"key"`
	Class    crisis.AskClass `json:"class"`
	Received time.Time       `json:"received"`
	Due      time.Time       `json:"due,omitzero"` // zero: its class needs no answer
	State    crisis.AskState `json:"state"`
	Answered time.Time       `json:"answered,omitzero"` // when it was answered or handed on
}

// reach adds up how often our statements were read, as far as the sources tell.
func (w *reporter) reach() KPI {
	k := w.kpi("reach", Text{"到达", "Reach"}, Text{"我方声明的阅读总量，按抓取时来源显示的数", "how often our statements were read, as the sources showed it when they were fetched"}, Text{"各发布处阅读量之和", "sum over the places of publication"})
	sum, known := int64(0), 0
	var events []int
	for _, s := range w.Sights {
		if s.Views > 0 {
			sum, known, events = sum+s.Views, known+1, append(events, s.Event)
		}
	}
	switch {
	case w.first == 0:
		return w.without(k, "没有发布过声明", "no statement was published")
	case len(w.Sights) == 0:
		return w.without(k, "没有在我方账号上采集到声明，阅读量不清楚", "no account of ours was seen with a statement, so how often it was read is not known")
	case known == 0:
		return w.without(k, "来源没有提供我方声明的阅读量", "the sources do not tell how often our statements were read")
	}
	v := float64(sum)
	k.Value, k.Unit, k.Trace = &v, "views", from(events...)
	k.Text = w.f("%s次（%d处中%d处提供阅读量）", "%s views (told by %[3]d of %[2]d places)", strconv.FormatInt(sum, 10), len(w.Sights), known)
	return k
}

// quotes finds what is known of who repeats a statement, nil if nothing is.
func (w *reporter) quotesOf(statement string) *ReportQuotes {
	for i := range w.Quotes {
		if w.Quotes[i].Statement == statement {
			return &w.Quotes[i]
		}
	}
	return nil
}

// missing says in which way stored posts are too few to speak for what was counted.
func (q *ReportQuotes) missing() bool { return 2*q.Posts < q.Counted }

func (w *reporter) quoted() KPI {
	k := w.kpi("quoted", Text{"声明引用率", "Talk that quotes us"}, Text{"首份声明发布后，议论中原样引用我方声明语句的占多少", "share of the talk since the first statement that repeats a sentence of ours"}, Text{"引用声明的帖文 ÷ 帖文，不含我方账号", "posts that quote a statement ÷ posts, our own left out"})
	q := w.quotesOf("")
	switch {
	case w.first == 0:
		return w.without(k, "没有发布过声明", "no statement was published")
	case q == nil || q.Posts == 0 && q.Counted == 0:
		return w.without(k, "发布后没有相关帖文", "nobody wrote about it after the publication")
	case q.missing():
		return w.without(k, "相关帖文已按期清理", "the posts have been deleted by age")
	}
	k = w.part(k, q.Quoting, q.Posts)
	k.Trace = &Trace{Events: []int{w.first}, Series: w.postsOf(q)}
	return k
}

// postsOf names the posts that were looked through.
func (w *reporter) postsOf(q *ReportQuotes) string {
	return "posts topic=" + w.in.Topic + " from=" + q.From.UTC().Format(time.RFC3339) + " to=" + q.To.UTC().Format(time.RFC3339)
}

// refutation is the first one that was published; nil: there is none.
func (w *reporter) refutation() *StatementEffect {
	i := slices.IndexFunc(w.report.Effects, func(s StatementEffect) bool { return s.Kind == "refutation" })
	if i < 0 {
		return nil
	}
	return &w.report.Effects[i]
}

// refuted holds how far a refutation goes against how far the rumour does.
func (w *reporter) refuted() KPI {
	k := w.kpi("refutation_ratio", Text{"辟谣与谣言之比", "Refutation to rumour"}, Text{"辟谣发布后，引用辟谣的帖文是谣言信息的几倍", "posts that quote the refutation for each item marked as rumour, since the refutation"}, Text{"引用辟谣的帖文 ÷ 标为谣言的信息", "posts quoting the refutation ÷ items marked as rumour"})
	at := w.refutation()
	if at == nil {
		return w.without(k, "没有发布辟谣声明", "no refutation was published")
	}
	q := w.quotesOf(at.Statement)
	if q == nil || q.missing() {
		return w.without(k, "辟谣后没有相关帖文，或已按期清理", "there are no posts after the refutation, or they have been deleted by age")
	}
	after := w.sum(at.At.Truncate(max(w.Bucket, time.Minute)).Add(w.Bucket), q.To)
	if after.Rumour <= 0 || after.Coverage < wellSeen {
		return w.without(k, "辟谣后没有标为谣言的信息，或有来源看不到", "no item was marked as rumour after the refutation, or sources could not be seen")
	}
	v := float64(q.Quoting) / after.Rumour
	k.Value, k.Unit = &v, "ratio"
	k.Text = w.f("%s（引用辟谣%d条，谣言%s条）", "%s (%d posts quote it, %s items of rumour)", decimal(v), q.Quoting, decimal(after.Rumour))
	k.Trace = &Trace{Events: []int{at.Event}, Series: w.postsOf(q) + "; " + w.series(after.From, after.To)}
	return k
}

// answered tells of the requests that needed an answer and were due, or have it.
func (w *reporter) answered() KPI {
	k := w.kpi("answered", Text{"诉求答复率与时长", "Requests answered"}, Text{"需要答复的诉求，期限内答复或转办的占多少，用时中位数", "share of the requests that need an answer which were answered or handed on within their deadline, and the median time"}, Text{"期限内答复 ÷ 收到（未到期的不计）", "answered in time ÷ received (those not yet due do not count)"})
	received, inTime, all := 0, 0, 0
	var took []time.Duration
	for _, a := range w.Asks {
		if a.Due.IsZero() || a.State == crisis.AskDismissed {
			continue
		}
		received++
		if !a.Answered.IsZero() {
			took = append(took, a.Answered.Sub(a.Received))
		} else if a.Due.After(w.Now) {
			continue
		}
		all++
		if !a.Answered.IsZero() && !a.Answered.After(a.Due) {
			inTime++
		}
	}
	switch {
	case !w.AsksKnown:
		return w.without(k, "诉求台账读不到", "the ledger of requests could not be read")
	case received == 0:
		return w.without(k, "没有收到需要答复的诉求", "no request that needs an answer was received")
	case all == 0:
		return w.without(k, "收到的诉求都还没有到期", "no request has fallen due yet")
	}
	k = w.part(k, inTime, all)
	if len(took) > 0 {
		slices.Sort(took)
		k.Text += w.f("，中位%s", ", median %s", w.span(took[len(took)/2]))
	}
	k.Text += w.f("；收到%d件", "; %d received", received)
	k.Trace = &Trace{Series: "asks topic=" + w.in.Topic + " from=" + w.AsksFrom.UTC().Format(time.RFC3339) + " to=" + w.end().UTC().Format(time.RFC3339)}
	return k
}

// finder names who noticed an incident first.
func (p pen) finder(f crisis.Finder) string {
	return map[crisis.Finder]Text{
		crisis.FoundByUs: {"本单位", "we did"}, crisis.FoundByPublic: {"群众反映", "the public"}, crisis.FoundBySuperior: {"上级通知", "a superior body"},
		crisis.FoundByMedia: {"媒体", "the media"},
	}[f].In(p.lang)
}

// missedBy says whether others noticed it first: as a person recorded, else as the times
// tell. That nobody recorded it does not say that we were first.
func (w *reporter) missedBy() KPI {
	k := w.kpi("found_by_others", Text{"漏报：谁先发现", "Found by others first"}, Text{"是不是群众、上级或媒体先发现的", "whether the public, a superior body or the media found it first"}, Text{"别人先发现的事件 ÷ 事件（本事件为1次）", "incidents found by others first ÷ incidents (this is one)"})
	notice := last(w.seqs[crisis.EventNoticed])
	early := time.Duration(0)
	if !w.in.Aware.IsZero() {
		early = w.in.Opened.Sub(w.in.Aware)
	}
	detected := w.firstOf(crisis.EventDetected)
	switch {
	case w.in.Drill:
		return w.without(k, "演练不计", "a drill does not count")
	case w.in.Finder == crisis.FoundByUs:
		k = w.part(k, 0, 1, w.seqs[crisis.EventNoticed]...)
		k.Text = w.w("本单位先发现", "we found it first")
	case w.in.Finder != "":
		k = w.part(k, 1, 1, w.seqs[crisis.EventNoticed]...)
		k.Text = w.finder(w.in.Finder) + w.w("先发现", " found it first")
	case early > 0:
		k = w.part(k, 1, 1, detected.Seq, notice)
		k.Text = w.w("首次报警前已有人告知，没有登记是谁", "we had been told before the first alert; nobody recorded by whom")
	case payload[crisis.Detected](detected).Signal.Detector == "intake":
		k = w.part(k, 1, 1, detected.Seq)
		k.Text = w.w("其他系统先报入", "another system reported it first")
	default:
		return w.without(k, "没有登记谁先发现：在事件页“填写得知时间”中选择", "nobody recorded who noticed first: choose it where the time of notice is set")
	}
	if early > 0 {
		k.Text += w.f("，早于首次报警%s", ", %s before the first alert", w.span(early))
	}
	return k
}
