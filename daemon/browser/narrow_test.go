package browser

import (
	"maps"
	"slices"
	"testing"
)

// wide lists what makes a page scroll sideways, and what does so within it. Tables of
// figures may (WCAG 1.4.10): they lose their meaning when they are cut up.
const wide = `(() => {
	const out = [], w = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > w) out.push("the page");
	for (const e of document.querySelectorAll("body *")) {
		if (e.closest(".scroll, svg, .sr") || !e.checkVisibility()) continue;
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		if (r.right > w + 1 && r.width > 0 && s.position !== "absolute") out.push("beyond the edge: " + e.outerHTML.slice(0, 160));
		if (/auto|scroll/.test(s.overflowX) && e.scrollWidth > e.clientWidth + 1) out.push("scrolls: " + e.outerHTML.slice(0, 160));
	}
	return out.slice(0, 4).join("\n\t");
})()`

// TestNarrow holds that nothing scrolls sideways on a phone of 390 pixels, nor where
// 1280 pixels are enlarged four times (320, WCAG 1.4.10), in both languages; and that the
// menu fits and shows all of its pages.
func TestNarrow(t *testing.T) {
	t.Parallel()
	s := tell(t)
	for _, lang := range []string{"zh", "en"} {
		x := s.newTab(t, s.li)
		x.lang = lang
		x.size(390, 844)
		all := s.pages()
		for _, route := range slices.Sorted(maps.Keys(all)) {
			for _, path := range all[route] {
				x.open(path)
				eval[bool](x, "document.querySelectorAll('main details').forEach((d) => { d.open = true; }), true")
				for _, width := range []int64{390, 320} {
					x.size(width, 844)
					if got := eval[string](x, wide); got != "" {
						t.Errorf("%s (%s, %d px):\n\t%s", path, lang, width, got)
					}
				}
			}
		}
		x.open("/")
		x.click(".more > summary")
		got := eval[int](x, `[...document.querySelectorAll(".tabs a")].filter((a) => {
			const r = a.getBoundingClientRect(); return r.width > 0 && r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight && r.height >= 44; }).length`)
		if got < 11 {
			t.Errorf("%s: %d entries of the menu are to be seen, want nine pages, hand-over and deliveries", lang, got)
		}
	}
}

// TestPolicy holds that no page, in either language, breaks the policy that it is served
// under: whatever the browser complains of fails the test that opened the tab.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := tell(t)
	inside, outside := s.newTab(t, s.li), s.newTab(t, nil)
	for x, pages := range map[*tab]map[string][]string{inside: s.pages(), outside: s.doors()} {
		for _, paths := range pages {
			for _, path := range paths {
				x.open(path)
				x.until("document.readyState === 'complete'")
			}
		}
	}
	inside.open("/")
	if eval[bool](inside, `(() => { const s = document.createElement("script"); s.textContent = "window.broken = true"; document.body.append(s); return window.broken === true; })()`) {
		t.Error("a script in the page runs")
	}
	inside.mu.Lock()
	defer inside.mu.Unlock()
	if len(inside.faults) == 0 {
		t.Error("the browser does not complain of a script in the page, so that it would not of others")
	}
	inside.faults = nil
}
