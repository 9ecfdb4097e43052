package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"

	"kanda.example/kanda"
)

// fields are those of a step's with, filled in.
type fields map[string]any

func (f fields) text(name string) string {
	text, _ := f[name].(string)
	return text
}

func (f fields) client() string { return f.text("clientId") }

func (f fields) authenticator() string { return f.text("authenticatorId") }

func (f fields) has(name string) bool {
	_, ok := f[name]
	return ok
}

// body is the fields as what a call takes; those in the path are not of it.
func body[T any](f fields, inPath ...string) T {
	rest := maps.Clone(f)
	for _, name := range inPath {
		delete(rest, name)
	}
	text, err := json.Marshal(rest)
	must(err)
	var read T
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	must(decoder.Decode(&read))
	return read
}

type makeCall func(context.Context, *kanda.Kanda, fields, ...kanda.CallOption) (any, error)

func all[T any](ctx context.Context, list *kanda.Pages[T]) (any, error) {
	found := []T{}
	for list.Next(ctx) {
		found = append(found, list.Value())
	}
	return found, list.Err()
}

var callsByName = map[string]makeCall{
	"register": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Register(ctx, body[kanda.Registration](f), o...)
	},
	"confirm": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Confirm(ctx, body[kanda.FirstCode](f), o...)
	},
	"validate": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Validate(ctx, body[kanda.ShownFactor](f), o...)
	},
	"rotate": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Rotate(ctx, f.client(), body[kanda.Rotation](f, "clientId"), o...)
	},
	"import": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Import(ctx, body[kanda.ImportRequest](f), o...)
	},
	"clients.list": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return all(ctx, k.Clients.List(body[kanda.ClientFilter](f), o...))
	},
	"clients.get": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Get(ctx, f.client(), o...)
	},
	"clients.update": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Update(ctx, f.client(), body[kanda.ClientChange](f, "clientId"), o...)
	},
	"clients.delete": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return nil, k.Clients.Delete(ctx, f.client(), o...)
	},
	"clients.unlock": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Unlock(ctx, f.client(), body[kanda.Unlock](f, "clientId"), o...)
	},
	"clients.disable": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Disable(ctx, f.client(), o...)
	},
	"clients.enable": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Enable(ctx, f.client(), o...)
	},
	"clients.diagnose": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Clients.Diagnose(ctx, f.client(), body[kanda.DiagnosedCode](f, "clientId"), o...)
	},
	"authenticators.add": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Authenticators.Add(ctx, f.client(), body[kanda.NewAuthenticator](f, "clientId"), o...)
	},
	"authenticators.list": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Authenticators.List(ctx, f.client(), o...)
	},
	"authenticators.get": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Authenticators.Get(ctx, f.client(), f.authenticator(), o...)
	},
	"authenticators.update": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Authenticators.Update(ctx, f.client(), f.authenticator(), renamed(f), o...)
	},
	"authenticators.remove": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return nil, k.Authenticators.Remove(ctx, f.client(), f.authenticator(), o...)
	},
	"authenticators.resync": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Authenticators.Resync(ctx, f.client(), f.authenticator(), consecutive(f), o...)
	},
	"recoveryCodes.create": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.RecoveryCodes.Create(ctx, f.client(), body[kanda.NewRecoveryCodes](f, "clientId"), o...)
	},
	"recoveryCodes.status": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.RecoveryCodes.Status(ctx, f.client(), o...)
	},
	"recoveryCodes.delete": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return nil, k.RecoveryCodes.Delete(ctx, f.client(), o...)
	},
	"devices.list": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Devices.List(ctx, f.client(), o...)
	},
	"devices.end": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return nil, k.Devices.End(ctx, f.client(), f.text("deviceId"), o...)
	},
	"devices.endAll": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return nil, k.Devices.EndAll(ctx, f.client(), o...)
	},
	"links.create": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Links.Create(ctx, body[kanda.AskedLink](f), o...)
	},
	"links.redeem": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Links.Redeem(ctx, body[kanda.ShownResult](f), o...)
	},
	"receipts.redeem": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Receipts.Redeem(ctx, body[kanda.ShownReceipt](f), o...)
	},
	"logs.list": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return all(ctx, k.Logs.List(body[kanda.EventFilter](f), o...))
	},
	"policy.get": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Policy.Get(ctx, o...)
	},
	"policy.set": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Policy.Set(ctx, body[kanda.PolicyChange](f), o...)
	},
	"logs.get": func(ctx context.Context, k *kanda.Kanda, f fields, o ...kanda.CallOption) (any, error) {
		return k.Logs.Get(ctx, int64(f["id"].(float64)), o...)
	},
}

func renamed(f fields) kanda.AuthenticatorChange {
	type change struct {
		Name  *string `json:"name"`
		Drift *int    `json:"drift"`
	}
	read := body[change](f, "clientId", "authenticatorId")
	changed := kanda.AuthenticatorChange{ForgetDrift: read.Drift != nil, RemoveName: read.Name == nil && f.has("name")}
	if read.Name != nil {
		changed.Name = *read.Name
	}
	return changed
}

func consecutive(f fields) kanda.ConsecutiveCodes {
	return body[kanda.ConsecutiveCodes](f, "clientId", "authenticatorId")
}
