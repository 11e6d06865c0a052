package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"watchfire/daemon/store"
)

// The audit page shows perAudit entries at a time; a file has at most mostAudit.
const (
	perAudit  = 100
	mostAudit = 50000
)

// auditPage is who did what.
type auditPage struct {
	frame
	Rows      []auditRow
	Who, What string
	From, To  string
	Outcomes  []choice
	Names     []string
	Older     string // address of the page of older entries
	File      string // address of the file with what is chosen
}

type auditRow struct {
	At                                moment
	Who, Address, Role, What, Outcome string
	Target                            string
	Class                             string
}

// auditFilter reads what to show. Days are those of the organisation.
func (c *Console) auditFilter(q url.Values) (store.AuditFilter, error) {
	f := store.AuditFilter{Who: clean(q.Get("who"), 64), What: clean(q.Get("what"), 60), Outcome: q.Get("outcome"), Limit: perAudit + 1}
	for key, to := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if q.Get(key) == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, q.Get(key), c.Zone)
		if err != nil {
			return f, wrong{http.StatusBadRequest, "err.time"}
		}
		*to = day
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	if s := q.Get("before"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return f, wrong{http.StatusBadRequest, "err.form"}
		}
		f.Before = n
	}
	return f, nil
}

// readAudit reads entries. Of an incident that the reader does not see, the entry stays
// and the number of the incident goes: who restricts is not beyond control.
func (c *Console) readAudit(r *http.Request, f store.AuditFilter) (out []store.Entry, err error) {
	err = c.Store.View(r.Context(), func(tx *store.Tx) error {
		if out, err = tx.Audit(f); err != nil {
			return err
		}
		sees := map[string]bool{}
		for i := range out {
			id, _, _ := strings.Cut(out[i].Target, " ")
			ok, known := sees[id]
			if !known {
				if ok, err = tx.Sees(id); err != nil {
					return err
				}
				sees[id] = ok
			}
			if !ok {
				out[i].Target = "*"
			}
		}
		return nil
	})
	return out, err
}

func (c *Console) auditPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	f, err := c.auditFilter(q)
	if err != nil {
		return err
	}
	all, err := c.readAudit(r, f)
	if err != nil {
		return err
	}
	p := auditPage{frame: c.frame(r, v, "audit", "account"), Who: f.Who, What: f.What, From: q.Get("from"), To: q.Get("to")}
	if p.Names, err = c.logins(r.Context()); err != nil {
		return err
	}
	for _, o := range []string{store.OutcomeOK, store.OutcomeRefused, store.OutcomeFailed} {
		p.Outcomes = append(p.Outcomes, choice{o, p.must("outcome." + o), o == f.Outcome})
	}
	for _, e := range all[:min(len(all), perAudit)] {
		p.Rows = append(p.Rows, p.auditRow(e))
	}
	q.Del("said")
	q.Del("before")
	p.File = "/settings/audit.csv?" + q.Encode()
	if len(all) > perAudit {
		q.Set("before", strconv.FormatInt(all[perAudit-1].ID, 10))
		p.Older = "/settings/audit?" + q.Encode()
	}
	return c.render(w, r, http.StatusOK, "settings_audit", p)
}

func (t tongue) auditRow(e store.Entry) auditRow {
	row := auditRow{
		At: t.since(e.At), Who: clean(e.Who, 64), Address: clean(e.Address, 60), Role: t.sayOr("role.", e.Role), What: clean(e.What, 80),
		Target: clean(e.Target, 200), Outcome: t.sayOr("outcome.", e.Outcome), Class: e.Outcome,
	}
	if row.Target == "*" {
		row.Target = t.must("audit.hidden")
	}
	if row.Who == "" {
		row.Who = t.must("audit.nobody")
	}
	return row
}

// auditFile sends the entries that are chosen as a table for spreadsheets, times in UTC.
func (c *Console) auditFile(w http.ResponseWriter, r *http.Request, _ *visit) error {
	f, err := c.auditFilter(r.URL.Query())
	if err != nil {
		return err
	}
	f.Limit = mostAudit
	all, err := c.readAudit(r, f)
	if err != nil {
		return err
	}
	rows := [][]string{{"id", "at", "who", "role", "address", "what", "target", "outcome"}}
	for _, e := range all {
		rows = append(rows, []string{strconv.FormatInt(e.ID, 10), e.At.Format(time.RFC3339), e.Who, e.Role, e.Address, e.What, e.Target, e.Outcome})
	}
	return sendCSV(w, "watchfire-audit", rows)
}
