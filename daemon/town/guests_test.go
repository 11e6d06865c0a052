package town_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/town"
)

// TestGuests holds that what is put into the town's mouth is read back from its sites
// beside the town's own posts, and that the town itself stays as it was.
func TestGuests(t *testing.T) {
	plain := town.New(7, begin, nil, 4)
	at := begin.AddDate(0, 0, 1).Add(14 * time.Hour)
	var guests []town.Guest
	for i, source := range []string{town.Micro, town.Forum, town.Voice, town.News, town.Notice, town.Micro} {
		guests = append(guests, town.Guest{At: at.Add(time.Duration(i) * 20 * time.Second), Source: source, Author: "客人", Text: "青溪区一栋楼冒烟了，第" + strings.Repeat("一", i+1) + "户"})
	}
	city, err := plain.With(guests, town.Dead{})
	if err != nil {
		t.Fatal(err)
	}
	until := at.Add(5 * time.Minute)
	var told []crisis.Post
	var own []crisis.Post
	for p := range city.Posts(at, until) {
		if strings.Contains(p.FullText(), "一栋楼冒烟") {
			told = append(told, p)
		} else {
			own = append(own, p)
		}
	}
	if len(told) != len(guests) {
		t.Errorf("%d of %d guests are heard", len(told), len(guests))
	}
	if want := slices.Collect(plain.Posts(at, until)); len(own) != len(want) || len(want) == 0 {
		t.Errorf("the town says %d things beside its guests, without them %d", len(own), len(want))
	}
	sites, _, web, sources := open(t, city, until)
	want := saidBy(slices.Collect(sites.Posts(at, until)), "")
	for _, s := range sources {
		h, err := s.Kind.(crawlers.Crawler).Crawl(t.Context(), web, "")
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for id, p := range saidBy(h.Posts, "") {
			if strings.Contains(p.Text, "一栋楼冒烟") {
				found++
				if diff := cmp.Diff(want[id], p); diff != "" {
					t.Errorf("%s: told and read (-told +read):\n%s", s.Name, diff)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s shows no guest", s.Name)
		}
	}
}

// TestGuestsRefused holds that guests who do not fit are named.
func TestGuestsRefused(t *testing.T) {
	city := town.New(7, begin, nil, 3)
	if _, err := city.With([]town.Guest{{At: begin, Source: "mars"}}, town.Dead{}); err == nil || !strings.Contains(err.Error(), "no such site") {
		t.Errorf("a guest of nowhere: %v", err)
	}
	crowd := make([]town.Guest, 65)
	for i := range crowd {
		crowd[i] = town.Guest{At: begin, Source: town.Micro}
	}
	if _, err := city.With(crowd, town.Dead{}); err == nil || !strings.Contains(err.Error(), "has room for 64") {
		t.Errorf("a crowd in one minute: %v", err)
	}
	dead, err := city.With(nil, town.Dead{Source: town.News, From: begin})
	if err != nil {
		t.Fatal(err)
	}
	for p := range dead.Posts(begin, begin.AddDate(0, 0, 1)) {
		if p.Source == town.News {
			t.Fatalf("a dead site says %q", p.Title)
		}
	}
}

// TestSay holds that a line is said the same way twice and that words it has not are named.
func TestSay(t *testing.T) {
	const line = "{spot.qingxi}{冒烟|起火}了，{#3-9}楼"
	a, err := town.Say(line, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range uint64(50) {
		b, err := town.Say(line, seed)
		if err != nil || strings.ContainsAny(b, "{}|") {
			t.Fatalf("seed %d says %q, %v", seed, b, err)
		}
		seen[b] = true
	}
	if b, _ := town.Say(line, 1); a != b || len(seen) < 10 {
		t.Errorf("%q and %q; %d wordings of fifty", a, b, len(seen))
	}
	for _, bad := range []string{"{no.such}", "{a|b", "{#9-3}"} {
		if _, err := town.Say(bad, 1); err == nil {
			t.Errorf("%q is said", bad)
		}
	}
}
