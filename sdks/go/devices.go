package kanda

import (
	"context"
	"net/http"
)

// Devices are the browsers that a user trusts.
type Devices struct{ transport *transport }

const devicesPath = "/api/totp/clients/{}/devices"

// List is all of the user's, oldest first.
func (d *Devices) List(ctx context.Context, clientID string, options ...CallOption) ([]Device, error) {
	return fetchList[Device](ctx, d.transport, devicesPath, clientID, options)
}

// End ends one: that browser is asked for a code again.
func (d *Devices) End(ctx context.Context, clientID, deviceID string, options ...CallOption) error {
	_, err := send[struct{}](ctx, d.transport, call{
		method: http.MethodDelete, pattern: devicesPath + "/{}", ids: []string{clientID, deviceID},
	}, options)
	return err
}

// EndAll ends all of the user's.
func (d *Devices) EndAll(ctx context.Context, clientID string, options ...CallOption) error {
	_, err := send[struct{}](ctx, d.transport, call{
		method: http.MethodDelete, pattern: devicesPath, ids: []string{clientID},
	}, options)
	return err
}
