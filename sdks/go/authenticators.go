package kanda

import (
	"context"
	"encoding/json"
	"net/http"
)

// Authenticators are the users' phones and hardware tokens.
type Authenticators struct{ transport *transport }

const (
	authenticatorsPath = "/api/totp/clients/{}/authenticators"
	authenticatorPath  = "/api/totp/clients/{}/authenticators/{}"
)

// Add adds a further authenticator, such as a second phone. With Confirm it waits for its first code.
func (a *Authenticators) Add(
	ctx context.Context, clientID string, asked NewAuthenticator, options ...CallOption,
) (Enrolment, error) {
	return send[Enrolment](ctx, a.transport, call{
		method: http.MethodPost, pattern: authenticatorsPath, ids: []string{clientID}, body: asked, requires: enrols,
	}, options)
}

// List is all of the user's, oldest first.
func (a *Authenticators) List(
	ctx context.Context, clientID string, options ...CallOption,
) ([]Authenticator, error) {
	return fetchList[Authenticator](ctx, a.transport, authenticatorsPath, clientID, options)
}

// Get is one of the user's.
func (a *Authenticators) Get(
	ctx context.Context, clientID, authenticatorID string, options ...CallOption,
) (Authenticator, error) {
	return a.send(ctx, http.MethodGet, clientID, authenticatorID, nil, options)
}

// AuthenticatorChange is what Update changes.
type AuthenticatorChange struct {
	// Name is the new name: 1–128 characters, no colon; it stays when this is empty.
	Name string
	// RemoveName removes the name.
	RemoveName bool
	// ForgetDrift forgets the drift of its clock, as after the clock was set.
	ForgetDrift bool
}

// MarshalJSON gives what the API takes.
func (c AuthenticatorChange) MarshalJSON() ([]byte, error) {
	fields := map[string]any{}
	if c.Name != "" {
		fields["name"] = c.Name
	} else if c.RemoveName {
		fields["name"] = nil
	}
	if c.ForgetDrift {
		fields["drift"] = 0
	}
	return json.Marshal(fields)
}

// Update renames it, or forgets the drift of its clock.
func (a *Authenticators) Update(
	ctx context.Context, clientID, authenticatorID string, change AuthenticatorChange, options ...CallOption,
) (Authenticator, error) {
	return a.send(ctx, http.MethodPatch, clientID, authenticatorID, change, options)
}

// Remove removes it, or cancels a pending one. The only confirmed one cannot be removed: ErrAuthenticatorLast.
func (a *Authenticators) Remove(
	ctx context.Context, clientID, authenticatorID string, options ...CallOption,
) error {
	_, err := send[struct{}](ctx, a.transport, call{
		method: http.MethodDelete, pattern: authenticatorPath, ids: []string{clientID, authenticatorID},
	}, options)
	return err
}

// Resync finds its clock or counter again with two codes that follow each other. Codes that do not fit are an answer.
func (a *Authenticators) Resync(
	ctx context.Context, clientID, authenticatorID string, codes ConsecutiveCodes, options ...CallOption,
) (Resync, error) {
	return send[Resync](ctx, a.transport, call{
		method: http.MethodPost, pattern: authenticatorPath + "/resync", ids: []string{clientID, authenticatorID},
		body: codes, requires: map[string]string{"resynced": "tf"},
	}, options)
}

func (a *Authenticators) send(
	ctx context.Context, method, clientID, authenticatorID string, body any, options []CallOption,
) (Authenticator, error) {
	return send[Authenticator](ctx, a.transport, call{
		method: method, pattern: authenticatorPath, ids: []string{clientID, authenticatorID}, body: body,
		requires: map[string]string{"id": `"`},
	}, options)
}

// fetchList is a list that comes whole.
func fetchList[T any](
	ctx context.Context, t *transport, pattern, clientID string, options []CallOption,
) ([]T, error) {
	type list struct {
		Data []T `json:"data"`
	}
	answer, err := send[list](ctx, t, call{
		method: http.MethodGet, pattern: pattern, ids: []string{clientID},
		requires: map[string]string{"data": "["},
	}, options)
	return answer.Data, err
}
