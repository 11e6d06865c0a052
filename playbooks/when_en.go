package playbooks

import (
	"regexp"
	"strings"
	"time"

	"watchfire/crisis"
)

const (
	enNumber = `(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)`
	enUnit   = `(minutes?|hours?|days?|(?:working|business) days?|weeks?|months?)`
	enMonths = `(january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)`
)

var (
	enOwes  = regexp.MustCompile(`\b(will|shall|expected|expects?|plans? to|aims? to|is to be|are to be|next (update|statement|report|bulletin))\b`)
	enActs  = regexp.MustCompile(`\b(publish|update|post|report|issue|release|repl|respond|answer|restor|repair|complet|inform|announc|statement|result|finding|briefing|hold a press)`)
	enAsked = regexp.MustCompile(`\b(please|must|should|are asked|are requested)\b`)
	enTold  = regexp.MustCompile(`\b(as of|published|issued|released|replied|broke out|was|were|had|has been|have been)\b`)

	enEvery  = regexp.MustCompile(`\bevery ` + enNumber + `? ?` + enUnit)
	enDaily  = regexp.MustCompile(`\b(daily|every day|each day)\b`)
	enWithin = regexp.MustCompile(`\b(?:within|in) (?:the next )?` + enNumber + ` ` + enUnit)
	enDate   = regexp.MustCompile(`\b(?:(\d{1,2})(?:st|nd|rd|th)? ` + enMonths + `|` + enMonths + ` (\d{1,2})(?:st|nd|rd|th)?)\b(?:,? (\d{4}))?`)
	enDay    = regexp.MustCompile(`\b(today|tonight|this evening|tomorrow)\b|\b(next )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b`)
	enClock  = regexp.MustCompile(`\b(\d{1,2})(?::(\d{2}))? ?(am|pm|a\.m\.|p\.m\.)|\b(\d{1,2}):(\d{2})\b|\b(noon|midnight)\b`)

	enResult = regexp.MustCompile(`result|finding|conclusion|full report|investigation`)
	enUpdate = regexp.MustCompile(`update|statement|bulletin|briefing|progress`)
	enRepair = regexp.MustCompile(`restor|repair|complet`)
)

// enNumbers are the numbers in words.
var enNumbers = map[string]int{
	"": 1, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}

// english reads the promise of a sentence.
func (c calendar) english(sentence string) []Given {
	var out []Given
	for clause := range strings.SplitSeq(strings.ToLower(sentence), ";") {
		owes := enOwes.FindStringIndex(clause)
		if owes == nil || !enActs.MatchString(clause) || enAsked.MatchString(clause) || enTold.MatchString(clause[:owes[0]]) {
			continue
		}
		g, ok := c.englishTime(clause[owes[0]:])
		if !ok {
			continue
		}
		if g.Kind = crisis.PromiseFollowUp; enResult.MatchString(clause) {
			g.Kind = crisis.PromiseResult
		} else if enUpdate.MatchString(clause) && !enRepair.MatchString(clause) {
			g.Kind = crisis.PromiseUpdate
		}
		out = append(out, g)
	}
	return out
}

// englishTime reads the time of a clause.
func (c calendar) englishTime(clause string) (g Given, ok bool) {
	if m := enEvery.FindStringSubmatch(clause); m != nil {
		g.Every = enUnitOf(m[2]) * time.Duration(enNumberOf(m[1]))
		g.Due = c.now.Add(g.Every)
		return g, g.Every > 0 && g.Every < 400*24*time.Hour
	}
	if enDaily.MatchString(clause) {
		return Given{Every: 24 * time.Hour, Due: c.now.Add(24 * time.Hour)}, true
	}
	if m := enWithin.FindStringSubmatch(clause); m != nil {
		unit := map[byte]string{'m': "分钟", 'h': "小时", 'd': "天", 'w': "周"}[m[2][0]]
		switch {
		case strings.HasPrefix(m[2], "month"):
			unit = "月"
		case strings.Contains(m[2], "ing day") || strings.Contains(m[2], "business"):
			unit = "工作日"
		}
		g.Due, ok = c.after(enNumberOf(m[1]), unit)
		return g, ok
	}
	day, late, dated := c.englishDay(clause)
	hour, minute, clocked := englishClock(clause, late)
	switch {
	case clocked:
		g.Due = c.clock(day, hour, minute)
		if !dated && !g.Due.After(c.now) {
			g.Due = g.Due.AddDate(0, 0, 1)
		}
	case dated:
		g.Due = endOf(day)
	}
	return g, dated || clocked
}

func enNumberOf(s string) int {
	if n, ok := enNumbers[s]; ok {
		return n
	}
	return atoi(s)
}

func enUnitOf(unit string) time.Duration {
	switch unit[0] {
	case 'm':
		return time.Minute
	case 'h':
		return time.Hour
	case 'w':
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// englishDay returns the day that a clause names.
func (c calendar) englishDay(clause string) (day time.Time, late, ok bool) {
	if m := enDate.FindStringSubmatch(clause); m != nil {
		name, number := m[2]+m[3], m[1]+m[4]
		month := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", name[:3])/3 + 1
		day, ok = c.date(atoi(m[5]), month, atoi(number))
		return day, false, ok
	}
	m := enDay.FindStringSubmatch(clause)
	switch {
	case m == nil:
		return c.now, false, false
	case m[1] == "tomorrow":
		return c.now.AddDate(0, 0, 1), false, true
	case m[1] != "":
		return c.now, m[1] != "today", true
	}
	weeks := 0
	if m[2] != "" {
		weeks = 1
	}
	days := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	for i, name := range days {
		if name == m[3] {
			day = c.weekday(time.Weekday(i), weeks)
		}
	}
	if weeks == 0 && endOf(day).Before(c.now) {
		day = day.AddDate(0, 0, 7)
	}
	return day, false, true
}

// englishClock returns the time of day that a clause names.
func englishClock(clause string, late bool) (hour, minute int, ok bool) {
	m := enClock.FindStringSubmatch(clause)
	switch {
	case m == nil:
		return 0, 0, false
	case m[6] == "noon":
		return 12, 0, true
	case m[6] == "midnight":
		return 24, 0, true
	case m[4] != "":
		hour, minute = atoi(m[4]), atoi(m[5])
		if late && hour < 12 {
			hour += 12
		}
	default:
		hour, minute = atoi(m[1])%12, atoi(m[2])
		if m[3][0] == 'p' {
			hour += 12
		}
	}
	return hour, minute, hour <= 24 && minute <= 59
}
