package kanda

import "context"

// Pages iterates over a list that comes a page at a time. A page is asked for when it is needed.
//
//	list := k.Clients.List(kanda.ClientFilter{})
//	for list.Next(ctx) {
//		fmt.Println(list.Value().ClientID)
//	}
//	if err := list.Err(); err != nil {
//		return err
//	}
//
// It is not for several goroutines at once.
type Pages[T any] struct {
	fetch func(ctx context.Context, cursor string) (page[T], error)
	page  page[T]
	// at is the place of the value within the page; -1 before the first.
	at    int
	begun bool
	err   error
}

type page[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"nextCursor"`
}

// isPage is what every page has: with anything else an iteration would never end.
var isPage = map[string]string{"data": "[", "nextCursor": `"n`}

func newPages[T any](fetch func(context.Context, string) (page[T], error)) *Pages[T] {
	return &Pages[T]{fetch: fetch, at: -1}
}

// Next goes on to the next value. It is false at the end, and after an error, which Err then has.
func (p *Pages[T]) Next(ctx context.Context) bool {
	for p.err == nil {
		if p.at+1 < len(p.page.Data) {
			p.at++
			return true
		}
		cursor := ""
		if p.begun {
			if p.page.NextCursor == nil {
				break
			}
			cursor = *p.page.NextCursor
		}
		p.page, p.err = p.fetch(ctx, cursor)
		p.begun, p.at = true, -1
	}
	p.page, p.at = page[T]{}, -1
	return false
}

// Value is the value that Next went on to; the zero value before the first and after the last.
func (p *Pages[T]) Value() T {
	if p.at < 0 {
		var none T
		return none
	}
	return p.page.Data[p.at]
}

// Err is what ended the iteration early; nil: it came to its end.
func (p *Pages[T]) Err() error { return p.err }

// All is the rest of the list as a function to range over, for Go 1.23 and newer. An error comes last, with the zero
// value.
func (p *Pages[T]) All(ctx context.Context) func(yield func(T, error) bool) {
	return func(yield func(T, error) bool) {
		for p.Next(ctx) {
			if !yield(p.Value(), nil) {
				return
			}
		}
		if p.err != nil {
			var none T
			yield(none, p.err)
		}
	}
}
