package kanda

import (
	"fmt"
	"time"
)

// Error is what every error of this package is; a context that ended before anything was sent is not one. None of
// them means that a code was wrong, which is an answer.
type Error interface {
	error
	kandaError()
}

// Code is the code of an error answer, such as [ErrClientNotFound]: errors.Is finds it in a [Problem].
type Code string

// Error is the code.
func (c Code) Error() string { return string(c) }

// FieldError is one thing that is wrong with one field of the request.
type FieldError struct {
	// Path is a JSON pointer such as /clientId.
	Path    string
	Message string
}

// Problem is an error answer of Kanda's (RFC 9457).
type Problem struct {
	// Code is the cause, for programs: errors.Is(err, kanda.ErrClientNotFound). A code that this version does not know
	// is here too.
	Code   Code
	Status int
	Title  string
	// Detail is what was wrong this time, and what to do, for a person.
	Detail string
	// RequestID is the same as in the server's log.
	RequestID string
	// Type is the address of the page that explains it.
	Type string
	// Errors has what was wrong with which field; it is empty when it was not about fields.
	Errors []FieldError
	// RetryAfter is from Retry-After; nil: there was none.
	RetryAfter *time.Duration
	// SameSecret is set with ErrClientExists when a secret was brought along: whether the client has it already.
	SameSecret *bool
}

// Error has status, code, detail and request id.
func (p *Problem) Error() string {
	return fmt.Sprintf("kanda: %d %s: %s (%s)", p.Status, p.Code, p.Detail, p.RequestID)
}

// Unwrap is the code, so that errors.Is finds it.
func (p *Problem) Unwrap() error { return p.Code }

func (p *Problem) kandaError() {}

// ConnectionFailed is that no answer came: the server was not reached, or the connection broke.
type ConnectionFailed struct {
	// Sent is whether the request, or a part of it, may have reached the server.
	Sent  bool
	cause error
}

func (e *ConnectionFailed) Error() string {
	if e.Sent {
		return fmt.Sprintf("kanda: the connection broke before the whole answer was there: %v", e.cause)
	}
	return fmt.Sprintf("kanda: the server was not reached: %v", e.cause)
}

// Unwrap is what net/http said.
func (e *ConnectionFailed) Unwrap() error { return e.cause }

func (e *ConnectionFailed) kandaError() {}

// TimedOut is that the whole answer was not there within the time-out of a try.
type TimedOut struct {
	After time.Duration
	cause error
}

func (e *TimedOut) Error() string {
	return fmt.Sprintf("kanda: there was no whole answer within %v", e.After)
}

// Timeout is true, as net.Error has it.
func (e *TimedOut) Timeout() bool { return true }

// Unwrap is what net/http said.
func (e *TimedOut) Unwrap() error { return e.cause }

func (e *TimedOut) kandaError() {}

// UnexpectedAnswer is an answer that is not Kanda's: a gateway's own page or JSON, a redirect, something else at that
// address.
type UnexpectedAnswer struct {
	Status int
	// RetryAfter is from Retry-After; nil: there was none.
	RetryAfter *time.Duration
	message    string
}

func (e *UnexpectedAnswer) Error() string { return "kanda: " + e.message }

func (e *UnexpectedAnswer) kandaError() {}

// OutcomeUnknown is that all tries failed, and one of them may have taken effect: a code may have been used up, a
// change may have been made. It does not mean that a code was wrong. Calling again with the same IdempotencyKey and the
// same arguments gets the answer that was lost, within 10 minutes for a code and 24 hours for anything else.
//
// It wraps what ended the last try, so look for OutcomeUnknown before you look for a Problem.
type OutcomeUnknown struct {
	IdempotencyKey string
	// Tries is how many times the call was sent.
	Tries int
	// Cause is what ended the last try.
	Cause error
}

func (e *OutcomeUnknown) Error() string {
	times := "one try"
	if e.Tries != 1 {
		times = fmt.Sprintf("%d tries", e.Tries)
	}
	return fmt.Sprintf("kanda: whether this took effect is not known after %s; "+
		"it does not mean that a code was wrong; the last one: %v", times, e.Cause)
}

// Unwrap is what ended the last try.
func (e *OutcomeUnknown) Unwrap() error { return e.Cause }

func (e *OutcomeUnknown) kandaError() {}

// InvalidArgument is that nothing was sent: an argument that no server could take.
type InvalidArgument struct {
	message string
}

func (e *InvalidArgument) Error() string { return "kanda: " + e.message }

func (e *InvalidArgument) kandaError() {}

func invalid(format string, values ...any) *InvalidArgument {
	return &InvalidArgument{message: fmt.Sprintf(format, values...)}
}
