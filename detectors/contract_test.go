package detectors

import (
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// TestDefaults holds that what is shipped passes its own check, that two makers do
// not share state, and that every key is documented.
func TestDefaults(t *testing.T) {
	for name, maker := range Kinds {
		d := maker()
		if err := d.Check(); err != nil {
			t.Errorf("%s: the defaults are wrong: %v", name, err)
		}
		if other := maker(); other == d || !reflect.DeepEqual(other, d) {
			t.Errorf("%s: two detectors are one, or differ", name)
		}
		rt := reflect.TypeOf(d).Elem()
		for i := range rt.NumField() {
			if f := rt.Field(i); f.IsExported() && (f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "") {
				t.Errorf("%s: %s has no name in the configuration, or no words", name, f.Name)
			}
		}
	}
}

// TestBadValues sets every key of every kind to values that mean nothing. The error
// names the kind, the key and what would do.
func TestBadValues(t *testing.T) {
	for name, maker := range Kinds {
		rt := reflect.TypeOf(maker()).Elem()
		for i := range rt.NumField() {
			field := rt.Field(i)
			if !field.IsExported() {
				continue
			}
			key := field.Tag.Get("yaml")
			t.Run(name+"/"+key, func(t *testing.T) {
				var bad []any
				switch reflect.Zero(field.Type).Interface().(type) {
				case float64:
					bad = []any{-1.0, math.NaN(), math.Inf(1)}
				case int:
					bad = []any{-1}
				case time.Duration:
					bad = []any{-time.Minute}
				default:
					t.Fatalf("a key of type %s has no bad value to try", field.Type)
				}
				for _, v := range bad {
					d := maker()
					reflect.ValueOf(d).Elem().Field(i).Set(reflect.ValueOf(v))
					err := d.Check()
					if err == nil {
						t.Errorf("%v passes", v)
						continue
					}
					if msg := err.Error(); !strings.HasPrefix(msg, name+": ") || !strings.Contains(msg, key+":") || !regexp.MustCompile(`must|between`).MatchString(msg) {
						t.Errorf("%v: %q does not name %s: %s: and what would do", v, msg, name, key)
					}
				}
			})
		}
	}
}

// finds are the signals of the detectors on a series in which much goes on, one
// after the other.
func finds(t *rapid.T, each func(d Detector, s *Series, got []crisis.Signal)) {
	x := drawEventful(t)
	s := NewSeries("x", nil)
	young := NewFall() // the stream is shorter than a week, and the fall teaches it much
	young.Settle, young.Voices, young.Notice = 12*time.Hour, 4, 1.5
	detectors := append(all(), young, NewBlind().ForSource(5*time.Minute))
	for m := range x.burst + 200 {
		x.tell(s, monday, m)
		if m >= x.burst-10 && m%3 == 0 {
			s.Add(minuteAt(m), crisis.Count{Posts: 8}) // a flood beside it
		}
		s.Advance(minuteAt(m + 1))
		if m < x.burst-10 || m%11 > 0 {
			continue
		}
		for _, d := range detectors {
			each(d, s, d.Detect(s, s.Now()))
		}
	}
}

// TestPure holds that a detector changes neither itself nor the series, and that it
// finds the same again.
func TestPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		finds(t, func(d Detector, s *Series, got []crisis.Signal) {
			series, copied := *s, reflect.New(reflect.TypeOf(d).Elem())
			copied.Elem().Set(reflect.ValueOf(d).Elem())
			if again := d.Detect(s, s.Now()); !reflect.DeepEqual(again, got) {
				t.Fatalf("found %+v, then %+v", got, again)
			}
			if g, ok := d.(Gauge); ok {
				g.Gauge(s, s.Now())
			}
			if series != *s {
				t.Fatalf("%T changes the series", d)
			}
			if !reflect.DeepEqual(copied.Interface(), d) {
				t.Fatalf("%T changes itself", d)
			}
		})
	})
}

var rule = regexp.MustCompile(`^(\w+)/[1-9]\d*$`)

// TestSignals holds that every signal carries what is needed to check it.
func TestSignals(t *testing.T) {
	found := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		finds(t, func(_ Detector, s *Series, got []crisis.Signal) {
			for _, x := range got {
				found[x.Detector]++
				for _, v := range []float64{x.Observed, x.Expected, x.Low, x.High, x.Odds} {
					if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
						t.Fatalf("%v in %+v", v, x)
					}
				}
				if m := rule.FindStringSubmatch(x.Rule); m == nil || m[1] != x.Detector {
					t.Fatalf("rule %q of detector %q", x.Rule, x.Detector)
				}
				if !(x.Low <= x.Expected && x.Expected <= x.High) {
					t.Fatalf("expected %v is not in %v to %v", x.Expected, x.Low, x.High)
				}
				if x.Window < time.Minute || x.Window > 24*time.Hour || x.Coverage < 0 || x.Coverage > 1 {
					t.Fatalf("window %s, coverage %v", x.Window, x.Coverage)
				}
				if x.Topic != "x" || !x.At.Equal(s.Now()) || x.Since.After(x.At) {
					t.Fatalf("topic %q at %s since %s", x.Topic, x.At, x.Since)
				}
				if x.Posts < 0 || x.Unique > x.Voices || x.Negative > x.Voices {
					t.Fatalf("%d posts, %d voices, %d unique, %d negative", x.Posts, x.Voices, x.Unique, x.Negative)
				}
				if x.Tier != crisis.TierAlert && (x.Tier != crisis.TierNotice || x.Level != crisis.LevelNone) {
					t.Fatalf("a %q of level %s", x.Tier, x.Level)
				}
			}
		})
	})
	for name := range Kinds {
		if found[name] == 0 {
			t.Errorf("%s found nothing, so nothing of it was checked; found %v", name, slices.Sorted(maps.Keys(found)))
		}
	}
}
