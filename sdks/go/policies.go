package kanda

import (
	"context"
	"net/http"
)

// Policies is the policy of the account: how clocks may differ, how soon wrong codes lock.
type Policies struct{ transport *transport }

// Get is the policy and its defaults.
func (p *Policies) Get(ctx context.Context, options ...CallOption) (Policy, error) {
	return p.send(ctx, http.MethodGet, nil, options)
}

// Set sets the policy; what is left out gets its default. It needs the scope keys:write.
func (p *Policies) Set(ctx context.Context, policy PolicyChange, options ...CallOption) (Policy, error) {
	return p.send(ctx, http.MethodPut, policy, options)
}

func (p *Policies) send(ctx context.Context, method string, body any, options []CallOption) (Policy, error) {
	return send[Policy](ctx, p.transport, call{
		method: method, pattern: "/api/policy", body: body, requires: map[string]string{"policy": "{"},
	}, options)
}

// Ptr is a pointer to a value, for fields of which 0 means something: PolicyChange{Skew: kanda.Ptr(0)}.
func Ptr[T any](value T) *T { return &value }
