package console

import (
	"strings"
	"testing"
)

// TestHiddenFromViews wants an incident that is restricted to others neither on the page
// of its topic, nor on the calendar, nor as a picture.
func TestHiddenFromViews(t *testing.T) {
	w, id := restricted(t)
	w.post("/calendar", form("do", "plan", "title", "听证会", "from", "2026-10-14T09:00", "to", "2026-10-15T09:00", "bar", "1.5", "topics", "tap-water"), 200)
	pages := []string{"/topics/tap-water", "/topics/tap-water?bar=80", "/calendar", "/insight"}
	if !strings.Contains(w.get(pages[0], 200), id) || !strings.Contains(w.get("/calendar", 200), id) {
		t.Fatal("whoever may see the incident does not: the test tests nothing")
	}
	w.as("outsider", roleAdmin)
	for _, path := range pages {
		if strings.Contains(w.get(path, 200), id) {
			t.Errorf("%s shows an incident that is restricted to others", path)
		}
	}
	w.get("/incidents/"+id+"/chart.png", 404)
}
