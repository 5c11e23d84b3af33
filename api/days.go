package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// decodeDays decodes a list with a row per day. path is the path of the list in the
// response, and key the key of a row's date. It returns the days of the window in
// ascending order, and the number of rows that were skipped because they have no date.
func decodeDays[D comparable](data json.RawMessage, path, key string, w Window,
	decode func(date time.Time, row map[string]json.RawMessage) (D, error),
) (days []D, skipped int, err error) {
	if absent(data) {
		return nil, 0, nil
	}
	rows, err := decodeArray(data)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	seen := make(map[time.Time]D, len(rows))
	for i, raw := range rows {
		fail := func(err error) ([]D, int, error) { return nil, 0, fmt.Errorf("%s[%d]: %w", path, i, err) }
		row, err := decodeObject(raw)
		if err != nil {
			return fail(err)
		}
		if absent(row[key]) {
			skipped++
			continue
		}
		date, err := decodeDate(row[key])
		if err != nil {
			return fail(fmt.Errorf("%s: %w", key, err))
		}
		day, err := decode(date, row)
		if err != nil {
			return fail(err)
		}
		if other, ok := seen[date]; ok && other != day {
			return fail(fmt.Errorf("duplicate date %s with different numbers", date.Format(time.DateOnly)))
		}
		seen[date] = day
	}
	for _, date := range slices.SortedFunc(maps.Keys(seen), time.Time.Compare) {
		if !date.Before(w.Start) && !date.After(w.End) {
			days = append(days, seen[date])
		}
	}
	return days, skipped, nil
}
