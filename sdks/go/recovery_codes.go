package kanda

import (
	"context"
	"net/http"
)

// RecoveryCodes are a user's, each of which Validate accepts once in place of a code of the phone.
type RecoveryCodes struct{ transport *transport }

const recoveryCodesPath = "/api/totp/clients/{}/recovery-codes"

// Create makes new ones, shown once; all earlier ones are void.
func (r *RecoveryCodes) Create(
	ctx context.Context, clientID string, asked NewRecoveryCodes, options ...CallOption,
) (ShownRecoveryCodes, error) {
	return send[ShownRecoveryCodes](ctx, r.transport, call{
		method: http.MethodPost, pattern: recoveryCodesPath, ids: []string{clientID}, body: asked,
		requires: map[string]string{"codes": "["},
	}, options)
}

// Status is how many are left; never a code.
func (r *RecoveryCodes) Status(
	ctx context.Context, clientID string, options ...CallOption,
) (RecoveryCodeStatus, error) {
	return send[RecoveryCodeStatus](ctx, r.transport, call{
		method: http.MethodGet, pattern: recoveryCodesPath, ids: []string{clientID},
		requires: map[string]string{"remaining": "0123456789"},
	}, options)
}

// Delete voids all of them.
func (r *RecoveryCodes) Delete(ctx context.Context, clientID string, options ...CallOption) error {
	_, err := send[struct{}](ctx, r.transport, call{
		method: http.MethodDelete, pattern: recoveryCodesPath, ids: []string{clientID},
	}, options)
	return err
}
