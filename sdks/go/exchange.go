package kanda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// outgoing is one request.
type outgoing struct {
	method, url string
	// bearer is sent unless it is empty.
	bearer string
	// idempotencyKey is sent unless it is empty.
	idempotencyKey string
	// body is JSON; nil: none.
	body []byte
}

// maxAnswer is the longest answer that is read, bytes; a page of a list has some 100,000.
const maxAnswer = 32 << 20

// exchange sends a request once and reads the whole answer: its JSON, or nil for 204. It gives a Problem,
// UnexpectedAnswer, ConnectionFailed or TimedOut; or the context's own error.
func exchange(ctx context.Context, client *http.Client, out outgoing, timeout time.Duration) ([]byte, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	var connected atomic.Bool
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	request, err := out.request(httptrace.WithClientTrace(within, trace))
	if err != nil {
		return nil, err
	}
	response, body, err := open(client, request)
	if err == nil {
		return readAnswer(response, body)
	}
	if err := ended(ctx); err != nil {
		return nil, err
	}
	var network net.Error
	if within.Err() != nil || (errors.As(err, &network) && network.Timeout()) {
		return nil, &TimedOut{After: timeout, cause: err}
	}
	return nil, &ConnectionFailed{Sent: connected.Load() || !wasNeverMade(err), cause: err}
}

func (o outgoing) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, o.method, o.url, nil)
	if err != nil {
		return nil, invalid("This is no address to call: %v", err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", userAgent)
	if o.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+o.bearer)
	}
	// On a kept connection that broke, net/http sends some requests again by itself: reads, and what has an
	// Idempotency-Key. How often a call is sent is decided here alone, so it does not see that key as one, and no body
	// that it could send again.
	if o.idempotencyKey != "" {
		request.Header["idempotency-key"] = []string{o.idempotencyKey}
	}
	if o.body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Body = io.NopCloser(bytes.NewReader(o.body))
		request.ContentLength = int64(len(o.body))
	} else if o.method == http.MethodGet {
		request.Body = io.NopCloser(strings.NewReader(""))
	}
	return request, nil
}

func open(client *http.Client, request *http.Request) (*http.Response, []byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response, body, err
}

// wasNeverMade is whether the error says that there was no connection, so that nothing was sent.
func wasNeverMade(err error) bool {
	var lookUp *net.DNSError
	var operation *net.OpError
	return errors.As(err, &lookUp) || (errors.As(err, &operation) && operation.Op == "dial")
}

// ended is the error of a context that has ended, also with the cause that its owner gave; nil while it has not.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

var jsonType = regexp.MustCompile(`(?i)^application/(?:problem\+)?json\b`)

func readAnswer(response *http.Response, body []byte) ([]byte, error) {
	if response.StatusCode == http.StatusNoContent {
		return nil, nil
	}
	isJSON := jsonType.MatchString(response.Header.Get("Content-Type")) && json.Valid(body)
	if isJSON && response.StatusCode >= 200 && response.StatusCode < 300 {
		return body, nil
	}
	after := retryAfterOf(response.Header)
	if isJSON {
		if problem := problemOf(body, response.StatusCode); problem != nil {
			problem.RetryAfter = after
			return nil, problem
		}
	}
	advice := "it is from something between here and Kanda, or something else is at this address"
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		advice = "it redirects; set URL to the address that Kanda itself answers at"
	}
	message := fmt.Sprintf("the answer with status %d is not Kanda's: %s", response.StatusCode, advice)
	return nil, &UnexpectedAnswer{Status: response.StatusCode, RetryAfter: after, message: message}
}

// problemOf is the problem in this JSON, or nil when it is not one of Kanda's.
func problemOf(body []byte, status int) *Problem {
	// A map, as a struct would take "Status" for "status".
	var document map[string]any
	if json.Unmarshal(body, &document) != nil || document["status"] != float64(status) {
		return nil
	}
	texts := make(map[string]string, 5)
	for _, name := range []string{"type", "title", "detail", "code", "requestId"} {
		text, _ := document[name].(string)
		if text == "" {
			return nil
		}
		texts[name] = text
	}
	problem := &Problem{
		Code:      Code(texts["code"]),
		Status:    status,
		Title:     texts["title"],
		Detail:    texts["detail"],
		RequestID: texts["requestId"],
		Type:      texts["type"],
	}
	if same, ok := document["sameSecret"].(bool); ok {
		problem.SameSecret = &same
	}
	fields, _ := document["errors"].([]any)
	for _, field := range fields {
		named, _ := field.(map[string]any)
		path, _ := named["path"].(string)
		message, _ := named["message"].(string)
		problem.Errors = append(problem.Errors, FieldError{Path: path, Message: message})
	}
	return problem
}

// retryAfterOf is what Retry-After asks for, as seconds or as a date (RFC 9110 §10.2.3); nil: nothing, or not to be read.
func retryAfterOf(header http.Header) *time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 30); err == nil {
		after := time.Duration(seconds) * time.Second
		return &after
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return nil
	}
	after := time.Duration(math.Ceil(max(0, time.Until(at).Seconds()))) * time.Second
	return &after
}
