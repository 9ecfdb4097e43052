package kanda

import (
	"context"
	"net/http"
)

// Links are pages of Kanda on which one user enrols, replaces an authenticator or shows a code.
type Links struct{ transport *transport }

// Create makes a link. Send its URL to the user alone, and keep its ID with the browser that it is for. It needs the
// scope links:write or totp:write.
func (l *Links) Create(ctx context.Context, link AskedLink, options ...CallOption) (MadeLink, error) {
	return send[MadeLink](ctx, l.transport, call{
		method: http.MethodPost, pattern: "/api/totp/links", body: link,
		requires: map[string]string{"url": `"`},
	}, options)
}

// Redeem takes the result that a browser has brought back, once. Compare LinkID with the link that you made for this
// browser. It needs the scope totp:validate.
func (l *Links) Redeem(ctx context.Context, shown ShownResult, options ...CallOption) (RedeemedLink, error) {
	return send[RedeemedLink](ctx, l.transport, call{
		method: http.MethodPost, pattern: "/api/totp/links/redeem", body: shown,
		requires: map[string]string{"redeemed": "tf"},
	}, options)
}
