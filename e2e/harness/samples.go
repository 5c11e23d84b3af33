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

// Samples are values by series. Series are written as in PromQL, without the labels
// job and instance.
type Samples map[string]float64

// A Series is a series of a query result.
type Series struct {
	Metric map[string]string    `json:"metric"`
	Value  [2]json.RawMessage   `json:"value"`  // of an instant vector
	Values [][2]json.RawMessage `json:"values"` // of a range vector
}

// Name returns the series as PromQL writes it, without the labels job and instance.
func (s Series) Name() string {
	var labels []string
	for _, l := range slices.Sorted(maps.Keys(s.Metric)) {
		if l != "__name__" && l != "job" && l != "instance" {
			labels = append(labels, fmt.Sprintf("%s=%q", l, s.Metric[l]))
		}
	}
	return s.Metric["__name__"] + "{" + strings.Join(labels, ", ") + "}"
}

// Point decodes the time and the value of a sample.
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

// Diff returns an error that lists the differences, nil if there are none.
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
			wrong = append(wrong, fmt.Sprintf("%v is %v, want none", k, g))
		}
	}
	if wrong == nil {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%d differences:\n%s", len(wrong), strings.Join(wrong, "\n"))
}

// Seconds returns a time as the value of a metric.
func Seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
