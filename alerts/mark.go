package alerts

// mark sets a drill, and what may have arrived before, apart on every line that may stand
// alone.
func (t teller) mark() string {
	mark := ""
	if t.a.Drill {
		mark = t.drill
	}
	if t.a.Repeat {
		mark += t.repeat
	}
	return mark
}
