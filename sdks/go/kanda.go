package kanda

import (
	"context"
	"encoding/json"
	"net/http"
)

// Kanda is a Kanda server, as the account of an API key. Make one and keep it; many goroutines may use it at once.
type Kanda struct {
	// Clients are the enrolled users.
	Clients *Clients
	// Authenticators are the users' phones and hardware tokens.
	Authenticators *Authenticators
	// RecoveryCodes are accepted once each in place of a code of the phone.
	RecoveryCodes *RecoveryCodes
	// Devices are the browsers that users trust.
	Devices *Devices
	// Receipts are what users approved with a code.
	Receipts *Receipts
	// Links are pages of Kanda on which users enrol and show codes.
	Links *Links
	// Logs is the access log.
	Logs *Logs
	// Policy is how codes are judged.
	Policy *Policies

	transport *transport
}

// New is a client with these options. It sends nothing. It gives InvalidArgument for options that cannot be meant.
func New(options Options) (*Kanda, error) {
	read, err := options.read()
	if err != nil {
		return nil, err
	}
	made := &transport{settings: read, tokens: tokenKeeper{settings: read}}
	return &Kanda{
		Clients:        &Clients{made},
		Authenticators: &Authenticators{made},
		RecoveryCodes:  &RecoveryCodes{made},
		Devices:        &Devices{made},
		Receipts:       &Receipts{made},
		Links:          &Links{made},
		Logs:           &Logs{made},
		Policy:         &Policies{made},
		transport:      made,
	}, nil
}

var enrols = map[string]string{"secret": `"`, "otpauthUrl": `"`}

// Register enrols a user: secret, URL and QR code, shown once. With Confirm it counts only after a first right code.
func (k *Kanda) Register(ctx context.Context, registration Registration, options ...CallOption) (Enrolment, error) {
	return send[Enrolment](ctx, k.transport, call{
		method: http.MethodPost, pattern: "/api/totp/register", body: registration, requires: enrols,
	}, options)
}

// Confirm confirms a pending authenticator with its first code. A wrong one is an answer: Confirmed is false.
func (k *Kanda) Confirm(ctx context.Context, first FirstCode, options ...CallOption) (Confirmation, error) {
	return send[Confirmation](ctx, k.transport, call{
		method: http.MethodPost, pattern: "/api/totp/confirm", body: first,
		requires: map[string]string{"confirmed": "tf"},
	}, options)
}

// Validate checks a code, a recovery code, or the token of a trusted device; a right one is used up. Let the user in
// only when IsValid says so of the verdict.
func (k *Kanda) Validate(ctx context.Context, shown ShownFactor, options ...CallOption) (Verdict, error) {
	return send[Verdict](ctx, k.transport, call{
		method: http.MethodPost, pattern: "/api/totp/validate", body: shown,
		requires: map[string]string{"valid": "tf"},
	}, options)
}

// Rotate replaces a user's secret: at once, or with Confirm once the new one is confirmed. With Proof Kanda checks a
// code first.
func (k *Kanda) Rotate(
	ctx context.Context, clientID string, rotation Rotation, options ...CallOption,
) (Enrolment, error) {
	return send[Enrolment](ctx, k.transport, call{
		method: http.MethodPost, pattern: "/api/totp/rotate/{}", ids: []string{clientID}, body: rotation,
		requires: enrols,
	}, options)
}

// Import takes over users of another program, 50 at most; one result for each, in their order.
func (k *Kanda) Import(ctx context.Context, users ImportRequest, options ...CallOption) ([]ImportResult, error) {
	type results struct {
		Results []ImportResult `json:"results"`
	}
	answer, err := send[results](ctx, k.transport, call{
		method: http.MethodPost, pattern: "/api/totp/import", body: users,
		requires: map[string]string{"results": "["},
	}, options)
	return answer.Results, err
}

// IsValid is whether a verdict lets the user in: only when its valid was the boolean true. It is false for the verdict
// that comes with an error.
func IsValid(verdict Verdict) bool { return verdict.Valid }

func (v *Verdict) decide(fields map[string]json.RawMessage) { v.Valid = isTrue(fields["valid"]) }

func (c *Confirmation) decide(fields map[string]json.RawMessage) {
	c.Confirmed = isTrue(fields["confirmed"])
}

func (r *Resync) decide(fields map[string]json.RawMessage) { r.Resynced = isTrue(fields["resynced"]) }

func isTrue(value json.RawMessage) bool { return string(value) == "true" }
