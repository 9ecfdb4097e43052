package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"kanda.example/kanda"
)

// stage is what all scenarios are played on.
type stage struct {
	server, proxy, control, password, token string
	calls                                   *calls
}

// ask makes a request to the server itself, as the account's owner; it panics unless that succeeds.
func (s *stage) ask(method, url string, body any) map[string]any {
	text, err := json.Marshal(body)
	must(err)
	request, err := http.NewRequest(method, url, bytes.NewReader(text))
	must(err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	must(err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(err)
	if response.StatusCode >= 300 {
		panic(fmt.Sprintf("%s %s got %d: %s", method, url, response.StatusCode, answer))
	}
	var read map[string]any
	if len(answer) > 0 {
		must(json.Unmarshal(answer, &read))
	}
	return read
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// play plays one scenario with a key of its own, and gives what was not as expected.
func (s *stage) play(one scenario) (wrong []string) {
	defer func() {
		if thrown := recover(); thrown != nil {
			wrong = append(wrong, fmt.Sprint(thrown))
		}
	}()
	asked := map[string]any{"name": "scenario"}
	if one.Needs.Scopes != nil {
		asked["scopes"] = one.Needs.Scopes
	}
	made := s.ask("POST", s.server+"/api/keys", asked)
	if one.Needs.Policy != nil {
		s.ask("PUT", s.server+"/api/policy", one.Needs.Policy)
		defer s.ask("PUT", s.server+"/api/policy", map[string]any{})
	}
	playing := &playing{
		stage: s, key: made["apiKey"].(string), keyID: made["id"].(string),
		names:  names{made: map[string]string{}, saved: map[string]map[string]any{}},
		opened: map[string]*kanda.Kanda{},
	}
	playing.open(step{Client: "default"})
	for index, next := range one.Steps {
		if found := playing.step(next); len(found) > 0 {
			return append([]string{fmt.Sprintf("step %d, %s%s%s", index, next.Call, next.Owner, next.Client)}, found...)
		}
	}
	if planned := s.ask("GET", s.control, nil)["planned"]; planned != 0.0 {
		return []string{"a cut was planned and not made"}
	}
	return nil
}

type playing struct {
	stage      *stage
	key, keyID string
	names      names
	opened     map[string]*kanda.Kanda
}

func (p *playing) step(next step) []string {
	switch {
	case next.Call != "":
		return p.call(next)
	case next.Cut != nil:
		p.stage.ask("POST", p.stage.control, next.Cut)
	case next.Owner == "revokeKey":
		p.stage.ask("DELETE", p.stage.server+"/api/keys/"+p.keyID, nil)
	case next.Owner == "changePassword":
		changed := "nine lanterns on a slow canal " + random()
		p.stage.ask("POST", p.stage.server+"/api/auth/password", map[string]any{
			"currentPassword": p.stage.password, "newPassword": changed,
		})
		p.stage.password = changed
	case next.Client != "":
		p.open(next)
	default:
		return []string{"a step of a kind that this runner does not know"}
	}
	return nil
}

func (p *playing) open(next step) {
	options := kanda.Options{
		URL: p.stage.proxy, APIKey: p.key, Timeout: time.Duration(next.TimeoutMs) * time.Millisecond,
		HTTPClient: &http.Client{Transport: p.stage.calls},
	}
	if next.URL == "nowhere" {
		options.URL = "http://127.0.0.1:2"
	}
	if next.Retries != nil {
		options.Retries = *next.Retries
		if options.Retries == 0 {
			options.Retries = kanda.NoRetries
		}
	}
	made, err := kanda.New(options)
	must(err)
	p.opened[next.Client] = made
}

func (p *playing) call(next step) []string {
	using := next.Using
	if using == "" {
		using = "default"
	}
	k, make := p.opened[using], callsByName[next.Call]
	if k == nil || make == nil {
		return []string{fmt.Sprintf("no client %q, or no call %q", using, next.Call)}
	}
	with, _ := p.names.fill(next.With).(map[string]any)
	var options []kanda.CallOption
	if key, ok := p.names.fill(next.Options).(map[string]any)["idempotencyKey"]; ok {
		options = append(options, kanda.WithIdempotencyKey(key.(string)))
	}
	answer, err := make(context.Background(), k, fields(with), options...)
	found := plain(answer)
	if next.As != "" {
		p.names.save(next.As, found, with, err)
	}
	if err != nil {
		if next.Throws == nil {
			return []string{"it gave " + err.Error()}
		}
		return thrown(p.names.fill(next.Throws).(map[string]any), err)
	}
	if next.Throws != nil {
		return []string{fmt.Sprintf("expected %v, and it answered %v", next.Throws["class"], found)}
	}
	expected := p.names.fill(next.Expect)
	wrong := differences(expected, found, "the answer")
	if verdict, ok := answer.(kanda.Verdict); ok {
		// Of every verdict: only the one that lets the user in is valid.
		if kanda.IsValid(verdict) != expected.(map[string]any)["valid"] {
			wrong = append(wrong, fmt.Sprintf("IsValid says %v", kanda.IsValid(verdict)))
		}
	}
	return wrong
}

// codes are the error codes by the names that the scenarios give them.
var codes = map[string]string{}

// thrown is what differs between an error and what a step expects.
func thrown(expected map[string]any, err error) []string {
	if !isOf(expected["class"], err) {
		return []string{fmt.Sprintf("expected %v, and it gave %T: %v", expected["class"], err, err)}
	}
	var wrong []string
	if cause := expected["cause"]; cause != nil && !isOf(cause, errors.Unwrap(err)) {
		wrong = append(wrong, fmt.Sprintf("its cause is %T", errors.Unwrap(err)))
	}
	found := map[string]any{}
	switch err := err.(type) {
	case *kanda.Problem:
		found["code"], found["status"] = string(err.Code), float64(err.Status)
		var errs []any
		for _, one := range err.Errors {
			errs = append(errs, map[string]any{"path": one.Path, "message": one.Message})
		}
		found["errors"] = errs
		if !strings.HasPrefix(err.RequestID, "req_") {
			wrong = append(wrong, "it has no request id")
		}
	case *kanda.OutcomeUnknown:
		found["idempotencyKey"] = err.IdempotencyKey
	}
	delete(expected, "class")
	delete(expected, "cause")
	return append(wrong, differences(expected, found, "the error")...)
}

// isOf is whether an error is itself, and not by what it wraps, of the class of this name.
func isOf(class any, err error) bool {
	var known kanda.Error
	if !errors.As(err, &known) || known != err {
		return false
	}
	switch err := err.(type) {
	case *kanda.Problem:
		code, ok := codes[class.(string)]
		return ok && errors.Is(err, kanda.Code(code))
	default:
		return fmt.Sprintf("*kanda.%v", class) == fmt.Sprintf("%T", err)
	}
}
