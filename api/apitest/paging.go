package apitest

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
)

// Paging is how a list is divided into pages. See [API.SetPaging].
type Paging string

// The ways of paging. All but the first one are faults that other servers have.
const (
	PagingDocumented Paging = ""          // as documented
	PagingCapped     Paging = "capped"    // at most 20 rows per page, whatever was requested
	PagingMissing    Paging = "missing"   // pages have no object paging
	PagingIgnored    Paging = "ignored"   // every page is the whole list, without an object paging
	PagingRepeated   Paging = "repeated"  // after the last page, it is repeated
	PagingTruncated  Paging = "truncated" // every page after the first one is empty
	PagingShrinking  Paging = "shrinking" // total_count falls by one with every page
	PagingEndless    Paging = "endless"   // every page has new rows
)

// SetPaging sets how the lists of apps and of sessions are divided into pages.
func (a *API) SetPaging(p Paging) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paging = p
}

func (a *API) pagingFault() Paging {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.paging
}

// paged is the object paging of a page.
type paged struct {
	EndOffset   int `json:"end_offset"`
	StartOffset int `json:"start_offset"`
	TotalCount  int `json:"total_count"`
}

// listPage returns the page of a list, in ascending order, that a query requests. endless
// makes more rows, for [PagingEndless].
func listPage[R any](all []R, rawQuery string, fault Paging, endless func(i int) R) ([]R, *paged, error) {
	page, perPage, descending, err := pageQuery(rawQuery)
	if err != nil {
		return nil, nil, err
	}
	if descending {
		slices.Reverse(all)
	}
	total := len(all)
	switch fault {
	case PagingDocumented, PagingMissing, PagingTruncated:
	case PagingCapped:
		perPage = min(perPage, 20)
	case PagingIgnored:
		page, perPage = 1, max(1, total)
	case PagingRepeated:
		page = min(page, max(1, (total+perPage-1)/perPage))
	case PagingShrinking:
		total = max(0, total-(page-1))
	case PagingEndless:
		for len(all) < page*perPage {
			all = append(all, endless(len(all)))
		}
		total = len(all) + 1
	}
	from := min((page-1)*perPage, len(all))
	to := min(from+perPage, len(all))
	if fault == PagingTruncated && page > 1 {
		to = from
	}
	rows := append([]R{}, all[from:to]...) // not nil: no rows are [], never null
	if fault == PagingMissing || fault == PagingIgnored {
		return rows, nil, nil
	}
	return rows, &paged{to, min(from+1, to), total}, nil
}

func pageQuery(rawQuery string) (page, perPage int, descending bool, err error) {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, 0, false, errors.New("query can't be read")
	}
	number := func(name string, absent int) int {
		n, atoiErr := strconv.Atoi(cmp.Or(q.Get(name), strconv.Itoa(absent)))
		if atoiErr != nil || n < 1 || n > 1_000_000 {
			err = errors.New(name + " is not a positive number")
		}
		return n
	}
	page, perPage = number("page_no", 1), number("per_page", 20)
	order := cmp.Or(q.Get("sort_order"), "DESC")
	if order != "ASC" && order != "DESC" {
		err = errors.New("sort_order is neither ASC nor DESC")
	}
	return page, perPage, order == "DESC", err
}
