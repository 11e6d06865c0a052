package alerts

import (
	"reflect"
	"strings"

	"watchfire/crisis"
)

// mostWords is how many characters of one text a program is given: more than the text of
// an alert says of any, and no more than a post of a megabyte deserves.
const mostWords = 500

// fewWords is how many it is given when there is no room for so many.
const fewWords = 60

// harmless is an alert for programs, which may show any part of it to people: no text has
// characters that command a terminal, show nothing or turn the direction of what follows,
// none is longer than mostWords, and every address is one of the web. a is left as it is.
func harmless(a crisis.Alert) crisis.Alert { return harmlessly(a, mostWords) }

// harmlessly is harmless with at most n characters of one text.
func harmlessly(a crisis.Alert, n int) crisis.Alert {
	soothe(reflect.ValueOf(&a).Elem(), "", n)
	return a
}

// soothe makes every text below v harmless; slices and what pointers point to are copied.
func soothe(v reflect.Value, field string, n int) {
	switch v.Kind() {
	case reflect.String:
		if field == "URL" || field == "Link" {
			v.SetString(webAddress(v.String()))
			return
		}
		v.SetString(Cut(strings.Map(seen, head(v.String())), n))
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Taps" { // those are ours
				soothe(v.Field(i), f.Name, n)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 || v.Len() == 0 {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			soothe(own.Index(i), field, n)
		}
		v.Set(own)
	case reflect.Pointer:
		if !v.IsNil() {
			own := reflect.New(v.Type().Elem())
			own.Elem().Set(v.Elem())
			soothe(own.Elem(), field, n)
			v.Set(own)
		}
	}
}

// head is as much of a text as needs to be looked at.
func head(s string) string {
	if len(s) > 8*mostWords {
		s = s[:8*mostWords]
	}
	return strings.ToValidUTF8(s, "")
}

// seen keeps a character that shows something; -1 drops it.
func seen(r rune) rune {
	if crisis.Unseen(r) {
		return -1
	}
	return r
}
