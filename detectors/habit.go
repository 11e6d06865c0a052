package detectors

// habitDays is over how many days back a habit is looked for.
const habitDays = 5

// again is how much stronger than the habit of an hour a surge must be.
const again = 1.4

// habits remember the strongest statistic of each hour of the last days. A programme
// that is broadcast every evening surges at the same time day by day: a mean over an
// hour of the day smooths its edge away and never expects it, its peaks do not.
type habits struct {
	hour  int32                             // of the local time, since 1970
	peaks [(habitDays + 1) * day / 60]uint8 // by hour
}

// habitScale is in how many parts a peak is kept, habitMost the highest that is: what
// is far above an alert is no programme, and what comes after it must not hide behind it.
const (
	habitScale = 16
	habitMost  = 3.8
)

func (h *habits) at(hour int32) *uint8 {
	n := int32(len(h.peaks))
	return &h.peaks[((hour%n)+n)%n]
}

// step takes in the statistic of a minute of an hour.
func (h *habits) step(hour int32, z float64) {
	if hour != h.hour {
		h.hour = hour
		*h.at(hour) = 0
	}
	p := h.at(hour)
	*p = max(*p, uint8(min(max(z, 0), habitMost)*habitScale))
}

// usual is what the hour, or the one before or after it, reached on at least two of
// the last days: once is no habit.
func (h *habits) usual() float64 {
	var most, second uint8
	for i := int32(1); i <= habitDays; i++ {
		at := h.hour - 24*i
		p := max(*h.at(at - 1), *h.at(at), *h.at(at + 1))
		if p > most {
			most, second = p, most
		} else {
			second = max(second, p)
		}
	}
	return float64(second) / habitScale
}
