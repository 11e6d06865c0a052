package playbooks

import "math"

// caption says below a picture what is to be seen: it has no words but digits.
func (r *Report) caption(chart string) string {
	w := r.pen.w
	if chart == "mood" {
		return r.pen.f("负面占比，每%s一格。黑点为负面占比，读出情绪的不足%d人次处不画；斜纹为看不到的时段。", "Negative share per %s. A dot is a share, none where fewer than %d moods were read; hatched: not seen.", r.pen.span(r.Bucket), rating)
	}
	return r.pen.f("声量，每%s一格。", "Volume per %s. ", r.pen.span(r.Bucket)) +
		w("蓝柱为发声人次，橙红为超出平常，黑色为其中负面；绿带为平常范围，绿线为平常水平；斜纹为看不到的时段，稀疏的斜纹为没看全。▲警报，◆发布，✓办结步骤；竖线为事发、立案、结案。",
			"Blue bars are voices, vermilion those above usual, black their negative part; the green band is the usual range, the green line what is usual; hatched is not seen, thinly hatched partly seen. ▲ alert, ◆ published, ✓ step done; lines: happened, opened, closed.")
}

// alt says the numbers of a chart for those who do not see it.
func (r *Report) alt(chart string) string {
	all := Stretch{}
	peak, top, n := r.Points[0], math.Inf(-1), 0
	for _, p := range r.Points {
		all.add(p, 1)
		value := p.Observed
		if chart == "mood" {
			if value = p.Mood(); math.IsNaN(value) {
				continue
			}
		}
		n++
		if value > top {
			peak, top = p, value
		}
	}
	seen := share(all.Coverage / float64(len(r.Points)))
	if chart == "mood" {
		if n == 0 {
			return r.pen.f("负面占比：没有一格读出足够的情绪；看得见的时段占%s。", "Negative share: too few moods were read anywhere; %s of the time was seen.", seen)
		}
		return r.pen.f("负面占比：最高%s（%s），%d格有数；看得见的时段占%s。", "Negative share: at most %s (%s), known in %d buckets; %s of the time was seen.", share(top), r.pen.clock(peak.At), n, seen)
	}
	usual := r.pen.w("未知", "unknown")
	if peak.High > 0 {
		usual = decimal(peak.Low) + "–" + decimal(peak.High)
	}
	return r.pen.f("声量：共%s人次，其中负面%s；最高一格%s人次（%s），当时平常%s；看得见的时段占%s。",
		"Volume: %s voices, %s of them negative; at most %s in one bucket (%s), usually %s then; %s of the time was seen.",
		decimal(all.Voices), decimal(all.Negative), decimal(peak.Observed), r.pen.clock(peak.At), usual, seen)
}
