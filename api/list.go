package api

import (
	"context"
	"encoding/json"
	"fmt"
)

// A list collects the rows of all pages of a list. Reading it results in the complete
// list or an error.
type list[V comparable] struct {
	noun           string // name of the rows in errors
	pages, perPage int    // maximum
	key            string // of the rows in data; empty if data is the list itself
	decode         func(row map[string]json.RawMessage) (id string, v V, err error)

	// conflict names what differs when an ID occurs twice, which is an error. If it is
	// empty, rows may change while they are read: the last one counts, and the list may
	// get shorter.
	conflict string

	rows  map[string]V // by ID
	total int64        // number of rows, as of the last page that has it
	known bool         // whether any page has it
}

// read requests one page after the other until the list is complete. It returns the
// response with the first page. Any error is an [*Error].
func (l *list[V]) read(ctx context.Context, c *Client, app App, request func(page int) method) (first *response, err error) {
	l.rows = make(map[string]V)
	for page := 1; ; page++ {
		resp, err := c.request(ctx, app, request(page))
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = resp
		}
		data, paging, err := resp.page()
		if err != nil {
			return nil, err
		}
		complete, err := l.add(page, data, paging)
		switch {
		case err != nil:
			return nil, resp.app.malformed(fmt.Errorf("page %d: %w", page, err))
		case complete:
			return first, nil
		case page == l.pages:
			return nil, resp.app.malformed(fmt.Errorf("the list of %s is not complete after %d pages", l.noun, page))
		}
	}
}

// add adds a page and reports whether the list is complete. The list is complete when it
// has as many rows as the API counts. A page without a new row is the last one, because
// an API that ignores paging repeats its first page. The offsets are not used: they
// cannot make an incomplete list complete.
func (l *list[V]) add(page int, data, paging json.RawMessage) (complete bool, err error) {
	before := len(l.rows)
	if err := l.addRows(data); err != nil {
		return false, err
	}
	if err := l.addTotal(paging); err != nil {
		return false, err
	}
	n, most := int64(len(l.rows)), int64(l.pages*l.perPage)
	switch {
	case max(n, l.total) > most:
		return false, fmt.Errorf("the list has more than %d %s", most, l.noun)
	case l.known && n > l.total && (page == 1 || l.conflict != ""):
		return false, fmt.Errorf("paging.total_count is %d, but the list has %d %s", l.total, n, l.noun)
	case l.known && n >= l.total:
		return true, nil
	case len(l.rows) > before:
		return false, nil
	case l.known:
		return false, fmt.Errorf("paging.total_count is %d, but the list ends after %d %s", l.total, n, l.noun)
	}
	return true, nil
}

func (l *list[V]) addRows(data json.RawMessage) error {
	path := "data"
	if l.key != "" {
		object, err := decodeOptional(data)
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		data, path = object[l.key], "data."+l.key
	}
	if absent(data) {
		return nil
	}
	rows, err := decodeArray(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i, raw := range rows {
		if err := l.addRow(raw); err != nil {
			return fmt.Errorf("%s[%d]: %w", path, i, err)
		}
	}
	return nil
}

func (l *list[V]) addRow(raw json.RawMessage) error {
	row, err := decodeObject(raw)
	if err != nil {
		return err
	}
	id, v, err := l.decode(row)
	if err != nil {
		return err
	}
	if other, ok := l.rows[id]; ok && other != v && l.conflict != "" {
		return fmt.Errorf("duplicate id with %s", l.conflict)
	}
	l.rows[id] = v
	return nil
}

// addTotal reads the number of rows. If it falls while pages are read, a row may have
// moved from a page that is still to be read to one that has been.
func (l *list[V]) addTotal(raw json.RawMessage) error {
	paging, err := decodeOptional(raw)
	if err != nil {
		return fmt.Errorf("paging: %w", err)
	}
	if absent(paging["total_count"]) {
		return nil
	}
	total, err := decodeCount(paging["total_count"])
	if err != nil {
		return fmt.Errorf("paging.total_count: %w", err)
	}
	if l.known && total < l.total && l.conflict != "" {
		return fmt.Errorf("paging.total_count fell from %d to %d: the list changed while it was read", l.total, total)
	}
	l.total, l.known = total, true
	return nil
}
