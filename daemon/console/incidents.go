package console

import (
	"fmt"
	"net/http"
	"strconv"

	"watchfire/daemon/store"
)

func (c *Console) incidents(w http.ResponseWriter, r *http.Request, v *visit) error {
	at := pageNumber(r)
	p := incidentsPage{frame: c.frame(r, v, "tab.incidents", "incidents")}
	p.Live = "*"
	err := c.Store.View(r.Context(), func(tx *store.Tx) error {
		rows, err := tx.Incidents(perPage+1, at*perPage)
		if err != nil {
			return err
		}
		for i := range rows[:min(perPage, len(rows))] {
			p.Rows = append(p.Rows, p.rowCard(&rows[i]))
		}
		p.Newer, p.Older = turnPages("/incidents", at, len(rows) > perPage)
		return nil
	})
	if err != nil {
		return fmt.Errorf("list incidents: %w", err)
	}
	return c.render(w, r, http.StatusOK, "incidents", p)
}

// pageNumber reads which page of a list is asked for, counted from 0.
func pageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 0 || n > 1e6 {
		return 0
	}
	return n
}

// turnPages returns the addresses of the page before and the page after.
func turnPages(path string, at int, more bool) (newer, older string) {
	if at > 0 {
		newer = path + "?page=" + strconv.Itoa(at-1)
	}
	if more {
		older = path + "?page=" + strconv.Itoa(at+1)
	}
	return newer, older
}
