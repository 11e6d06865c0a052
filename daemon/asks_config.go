package daemon

import (
	"fmt"
	"time"

	"watchfire/crisis"
)

// Asks are the deadlines of answers. All of them are defaults of ours, to be replaced by
// the rule of the organisation or of its 12345 hotline: no law names them.
type Asks struct {
	Rescue     time.Duration `yaml:"rescue" doc:"calls for help; also the time between reminders (default of Watchfire)"`
	Media      time.Duration `yaml:"media" doc:"journalists (default of Watchfire)"`
	Abuse      time.Duration `yaml:"abuse" doc:"insults: to be looked at (default of Watchfire)"`
	Question   time.Duration `yaml:"question" doc:"simple questions (default of Watchfire)"`
	Suggestion time.Duration `yaml:"suggestion" doc:"suggestions: to be acknowledged (default of Watchfire)"`
	Complaint  int           `yaml:"complaint" doc:"complaints, in working days (default of Watchfire; the rule of the local 12345 hotline goes first)"`
	Error      int           `yaml:"error" doc:"errors of ours, in working days (default of Watchfire)"`
}

func defaultAsks() Asks {
	return Asks{
		Rescue: 10 * time.Minute, Media: 30 * time.Minute, Abuse: time.Hour,
		Question: 24 * time.Hour, Suggestion: 24 * time.Hour, Complaint: 5, Error: 3,
	}
}

// check says which deadline is none.
func (a *Asks) check(at *places) []error {
	var errs []error
	for _, x := range []struct {
		key string
		d   time.Duration
	}{{"rescue", a.Rescue}, {"media", a.Media}, {"abuse", a.Abuse}, {"question", a.Question}, {"suggestion", a.Suggestion}} {
		if x.d < time.Minute {
			errs = append(errs, at.at(fmt.Errorf("asks: %s: %s; write a duration from 1m, such as 10m", x.key, x.d), "asks", x.key))
		}
	}
	for _, x := range []struct {
		key string
		n   int
	}{{"complaint", a.Complaint}, {"error", a.Error}} {
		if x.n < 1 || x.n > 365 {
			errs = append(errs, at.at(fmt.Errorf("asks: %s: %d; write a number of working days from 1 to 365", x.key, x.n), "asks", x.key))
		}
	}
	return errs
}

// due returns by when a request of a class that came at a time is to be answered, zero
// for a class that need not be. A tip-off is passed on before its day ends. works says
// whether a day, given by a moment in the zone, is a working day.
func (a *Asks) due(class crisis.AskClass, at time.Time, zone *time.Location, works func(time.Time) bool) time.Time {
	switch class {
	case crisis.AskRescue:
		return at.Add(a.Rescue)
	case crisis.AskMedia:
		return at.Add(a.Media)
	case crisis.AskAbuse:
		return at.Add(a.Abuse)
	case crisis.AskQuestion:
		return at.Add(a.Question)
	case crisis.AskSuggestion:
		return at.Add(a.Suggestion)
	case crisis.AskComplaint:
		return workingDays(at.In(zone), a.Complaint, works)
	case crisis.AskError:
		return workingDays(at.In(zone), a.Error, works)
	case crisis.AskTipOff:
		return endOfDay(at.In(zone))
	}
	return time.Time{}
}

// workingDays returns the end of the n-th working day after the day of at.
func workingDays(at time.Time, n int, works func(time.Time) bool) time.Time {
	const most = 3 * 366 // a calendar without working days ends here
	for range most {
		if n == 0 {
			break
		}
		if at = at.AddDate(0, 0, 1); works(at) {
			n--
		}
	}
	return endOfDay(at)
}

func endOfDay(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, 23, 59, 0, 0, at.Location())
}
