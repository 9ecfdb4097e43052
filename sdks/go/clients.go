package kanda

import (
	"context"
	"net/http"
	"net/url"
)

// Clients are the enrolled users.
type Clients struct{ transport *transport }

// List is all that match, newest first. Limit is how many a page has, not how many there are.
func (c *Clients) List(filter ClientFilter, options ...CallOption) *Pages[Client] {
	return newPages(func(ctx context.Context, cursor string) (page[Client], error) {
		return fetchPage[Client](ctx, c.transport, "/api/totp/clients", filter.values(), cursor, options)
	})
}

// Get is one user.
func (c *Clients) Get(ctx context.Context, clientID string, options ...CallOption) (Client, error) {
	return c.send(ctx, http.MethodGet, "", clientID, nil, options)
}

// Update changes label or issuer, which the next QR code shows; the secret stays.
func (c *Clients) Update(
	ctx context.Context, clientID string, change ClientChange, options ...CallOption,
) (Client, error) {
	return c.send(ctx, http.MethodPatch, "", clientID, change, options)
}

// Delete removes the user with all secrets; the log stays.
func (c *Clients) Delete(ctx context.Context, clientID string, options ...CallOption) error {
	_, err := send[struct{}](ctx, c.transport, call{
		method: http.MethodDelete, pattern: "/api/totp/clients/{}", ids: []string{clientID},
	}, options)
	return err
}

// Unlock ends a lock or delay and forgets the failures that led to it.
func (c *Clients) Unlock(ctx context.Context, clientID string, how Unlock, options ...CallOption) (Client, error) {
	return c.send(ctx, http.MethodPost, "/unlock", clientID, how, options)
}

// Disable refuses every code of the user until Enable, and ends the trusted devices.
func (c *Clients) Disable(ctx context.Context, clientID string, options ...CallOption) (Client, error) {
	return c.send(ctx, http.MethodPost, "/disable", clientID, nil, options)
}

// Enable accepts the user's codes again.
func (c *Clients) Enable(ctx context.Context, clientID string, options ...CallOption) (Client, error) {
	return c.send(ctx, http.MethodPost, "/enable", clientID, nil, options)
}

// Diagnose is why a user's code does not work; it accepts none. It needs the scope totp:support.
func (c *Clients) Diagnose(
	ctx context.Context, clientID string, code DiagnosedCode, options ...CallOption,
) (Diagnosis, error) {
	return send[Diagnosis](ctx, c.transport, call{
		method: http.MethodPost, pattern: "/api/totp/clients/{}/diagnose", ids: []string{clientID}, body: code,
		requires: map[string]string{"finding": `"`},
	}, options)
}

func (c *Clients) send(
	ctx context.Context, method, what, clientID string, body any, options []CallOption,
) (Client, error) {
	return send[Client](ctx, c.transport, call{
		method: method, pattern: "/api/totp/clients/{}" + what, ids: []string{clientID}, body: body,
		requires: map[string]string{"clientId": `"`},
	}, options)
}

func fetchPage[T any](
	ctx context.Context, t *transport, pattern string, query url.Values, cursor string, options []CallOption,
) (page[T], error) {
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return send[page[T]](ctx, t, call{
		method: http.MethodGet, pattern: pattern, query: query, requires: isPage,
	}, options)
}
