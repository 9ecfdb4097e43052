package kanda

import (
	"context"
	"net/http"
)

// Receipts are what users approved with a code, signed by Kanda: Validate with an Action gives one.
type Receipts struct{ transport *transport }

// Redeem takes a receipt, once. Compare ClientID and Action with what you are about to do. It needs the scope
// receipts:redeem.
func (r *Receipts) Redeem(ctx context.Context, shown ShownReceipt, options ...CallOption) (RedeemedReceipt, error) {
	return send[RedeemedReceipt](ctx, r.transport, call{
		method: http.MethodPost, pattern: "/api/receipts/redeem", body: shown,
		requires: map[string]string{"redeemed": "tf"},
	}, options)
}
