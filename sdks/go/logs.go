package kanda

import (
	"context"
	"net/http"
	"strconv"
)

// Logs is the access log.
type Logs struct{ transport *transport }

// List is all events that match, newest first. Limit is how many a page has, not how many there are.
func (l *Logs) List(filter EventFilter, options ...CallOption) *Pages[LoggedEvent] {
	return newPages(func(ctx context.Context, cursor string) (page[LoggedEvent], error) {
		return fetchPage[LoggedEvent](ctx, l.transport, "/api/logs", filter.values(), cursor, options)
	})
}

// Get is the event of this number.
func (l *Logs) Get(ctx context.Context, id int64, options ...CallOption) (LoggedEvent, error) {
	return send[LoggedEvent](ctx, l.transport, call{
		method: http.MethodGet, pattern: "/api/logs/{}", ids: []string{strconv.FormatInt(id, 10)},
		requires: map[string]string{"event": `"`},
	}, options)
}
