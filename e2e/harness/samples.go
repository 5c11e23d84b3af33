package harness

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Samples are values by series, as PromQL writes them; but for the labels that
// Prometheus adds to tell targets apart.
type Samples map[string]float64

// A Series is an element of a query's result.
type Series struct {
	Metric map[string]string    `json:"metric"`
	Value  [2]json.RawMessage   `json:"value"`  // of an instant vector
	Values [][2]json.RawMessage `json:"values"` // of a range vector
}

// Name writes the series without the labels that tell targets apart.
func (s Series) Name() string {
	var labels []string
	for _, l := range slices.Sorted(maps.Keys(s.Metric)) {
		if l != "__name__" && l != "job" && l != "instance" {
			labels = append(labels, fmt.Sprintf("%s=%q", l, s.Metric[l]))
		}
	}
	return s.Metric["__name__"] + "{" + strings.Join(labels, ", ") + "}"
}

// Point reads a time and a value of a result.
func Point(raw [2]json.RawMessage) (at time.Time, v float64, err error) {
	var seconds float64
	var text string
	if err := json.Unmarshal(raw[0], &seconds); err != nil {
		return at, 0, err
	}
	if err := json.Unmarshal(raw[1], &text); err != nil {
		return at, 0, err
	}
	v, err = strconv.ParseFloat(text, 64)
	return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), v, err
}

// Diff says what is wrong with got, or nothing.
func Diff[K comparable, V comparable](got, want map[K]V) error {
	var wrong []string
	for k, w := range want {
		if g, ok := got[k]; !ok {
			wrong = append(wrong, fmt.Sprintf("%v is missing, want %v", k, w))
		} else if g != w {
			wrong = append(wrong, fmt.Sprintf("%v is %v, want %v", k, g, w))
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			wrong = append(wrong, fmt.Sprintf("%v is %v, and should not be there", k, g))
		}
	}
	if wrong == nil {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%d differences:\n%s", len(wrong), strings.Join(wrong, "\n"))
}

// Seconds is a time as Prometheus writes it.
func Seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
