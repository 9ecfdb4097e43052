package kanda

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// call is one call of the API.
type call struct {
	method string
	// pattern and ids make the path, as path does.
	pattern string
	ids     []string
	query   url.Values
	// body is encoded as JSON; nil: none.
	body any
	// requires are the fields that every answer to this call has, each with the first bytes that its JSON may have.
	requires map[string]string
}

// transport sends calls: with a token, again where that helps, and with one Idempotency-Key over all tries of a call.
type transport struct {
	settings settings
	tokens   tokenKeeper
}

// send makes a call and reads its answer; T is struct{} for calls that answer nothing.
func send[T any](ctx context.Context, t *transport, c call, options []CallOption) (T, error) {
	var answer, none T
	err := t.send(ctx, c, options, func(body []byte) error {
		answer = none
		return c.read(body, &answer)
	})
	if err != nil {
		return none, err
	}
	return answer, nil
}

func (t *transport) send(ctx context.Context, c call, options []CallOption, read func([]byte) error) error {
	key, timeout, err := readCallOptions(options, t.settings.timeout)
	if err != nil {
		return err
	}
	if c.method == http.MethodGet {
		key = ""
	}
	out, err := c.outgoing(t.settings.baseURL, key)
	if err != nil {
		return err
	}
	return t.untilAnswered(ctx, key, timeout, func(bearer Secret) error {
		out.bearer = bearer.Reveal()
		body, err := exchange(ctx, t.settings.client, out, timeout)
		if err != nil {
			return err
		}
		return read(body)
	})
}

// untilAnswered tries until there is an answer that stays. key is empty for a call that changes nothing.
func (t *transport) untilAnswered(
	ctx context.Context, key string, timeout time.Duration, send func(Secret) error,
) error {
	mayHaveTakenEffect, failed, waitsUntil := false, 0, time.Time{}
	for {
		sent, err := t.try(ctx, send)
		if err == nil {
			return nil
		}
		judged := judge(err)
		// A copy waits for the first request as long as one try may take. That is no try of its own.
		if judged.underWay && waitsUntil.IsZero() {
			waitsUntil = time.Now().Add(timeout)
		}
		if !judged.underWay || t.settings.retries == 0 || !time.Now().Before(waitsUntil) {
			failed++
		}
		var known Error
		stopped := ctx.Err() != nil && !errors.As(err, &known)
		mayHaveTakenEffect = mayHaveTakenEffect || (sent && (judged.unknown || stopped))
		isUnknown := key != "" && mayHaveTakenEffect
		patient := judged.after == nil || *judged.after <= t.settings.maxRetryAfter
		if !judged.again || !patient || failed > t.settings.retries {
			if isUnknown && !settles(err) {
				return &OutcomeUnknown{IdempotencyKey: key, Tries: failed, Cause: err}
			}
			return err
		}
		if err := pause(ctx, delay(max(1, failed), judged.after, rand.Float64())); err != nil {
			if isUnknown {
				return &OutcomeUnknown{IdempotencyKey: key, Tries: failed, Cause: err}
			}
			return err
		}
	}
}

// try is one try; with a new token, and once more, when Kanda says that the token has ended.
func (t *transport) try(ctx context.Context, send func(Secret) error) (sent bool, err error) {
	if err := ended(ctx); err != nil {
		return false, err
	}
	bearer, err := t.tokens.get(ctx)
	if err != nil {
		return false, err
	}
	err = send(bearer.text)
	if !errors.Is(err, ErrTokenExpired) && !errors.Is(err, ErrTokenInvalid) {
		return true, err
	}
	t.tokens.drop(bearer)
	if bearer, err = t.tokens.get(ctx); err != nil {
		return false, err
	}
	return true, send(bearer.text)
}

// replaced is how encoding/json writes a byte that is not UTF-8: the text would arrive as another one.
var replaced = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\ufffd`)

func (c call) outgoing(baseURL, key string) (outgoing, error) {
	where, err := path(c.pattern, c.ids...)
	if err != nil {
		return outgoing{}, err
	}
	out := outgoing{method: c.method, url: baseURL + where, idempotencyKey: key}
	if query := c.query.Encode(); query != "" {
		out.url += "?" + query
	}
	if c.body == nil {
		return out, nil
	}
	if out.body, err = json.Marshal(c.body); err != nil {
		return outgoing{}, invalid("The arguments have no JSON: %v", err)
	}
	if replaced.Match(out.body) {
		return outgoing{}, invalid("All text must be well-formed UTF-8.")
	}
	return out, nil
}

// read reads the answer to this call; it gives UnexpectedAnswer for what this call does not answer.
func (c call) read(body []byte, answer any) error {
	if body == nil {
		if c.method == http.MethodDelete {
			return nil
		}
		return notKandas("a body")
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return notKandas("an object")
	}
	for name, firsts := range c.requires {
		if value := fields[name]; len(value) == 0 || strings.IndexByte(firsts, value[0]) < 0 {
			return notKandas(name)
		}
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return notKandas("its fields")
	}
	// By its exact name: encoding/json would take "VALID" too.
	if deciding, ok := answer.(interface {
		decide(map[string]json.RawMessage)
	}); ok {
		deciding.decide(fields)
	}
	return nil
}

func notKandas(lacks string) *UnexpectedAnswer {
	message := "the answer does not have " + lacks + ", which this call answers: it is not Kanda's"
	return &UnexpectedAnswer{Status: http.StatusOK, message: message}
}

// pause waits; it gives the context's error when that ends first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ended(ctx)
	case <-timer.C:
		return nil
	}
}
