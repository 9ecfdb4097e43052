package kanda

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
)

// refused is what went wrong, as a page learns it.
type refused struct {
	code string
	more reply
}

func (r refused) Error() string { return r.code }

var refusalStatuses = map[string]int{
	"not_signed_in": 401, "second_factor_required": 403, "page_expired": 409, "not_a_code": 400, "wrong_code": 401,
	"locked": 429, "disabled": 403, "not_enrolled": 409, "proof_needed": 409, "start_again": 409,
	"too_many_phones": 409, "outcome_unknown": 503, "unavailable": 503, "failed": 500,
}

// refusalOf is what the page learns of an error of a call.
func refusalOf(err error) refused {
	var refusal refused
	var unknown *OutcomeUnknown
	var problem *Problem
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &unknown):
		// The same form, sent again, gets the answer that was lost.
		return refused{code: "outcome_unknown"}
	case errors.Is(err, ErrTotpCodeMalformed):
		return refused{code: "not_a_code"}
	case errors.Is(err, ErrProofInvalid):
		// With a Retry-After the proof was not looked at.
		if errors.As(err, &problem) && problem.RetryAfter != nil {
			return refusalFor(ReasonLocked, int(problem.RetryAfter.Seconds()), nil)
		}
		return refused{code: "wrong_code"}
	case errors.Is(err, ErrClientNotFound):
		return refused{code: "not_enrolled"}
	case errors.Is(err, ErrClientExists):
		return refused{code: "proof_needed"}
	case errors.Is(err, ErrAuthenticatorNotFound):
		return refused{code: "start_again"}
	case errors.Is(err, ErrAuthenticatorQuotaExceeded), errors.Is(err, ErrAuthenticatorOdds):
		return refused{code: "too_many_phones"}
	case mayPass(err):
		return refused{code: "unavailable"}
	default:
		return refused{code: "failed"}
	}
}

// mayPass is whether it may pass by itself: a label that is too long, a key that was revoked or a wrong address will not.
func mayPass(err error) bool {
	var argument *InvalidArgument
	var problem *Problem
	var unexpected *UnexpectedAnswer
	switch {
	case errors.As(err, &argument), errors.Is(err, ErrSecretUnreadable):
		return false
	case errors.As(err, &problem):
		return problem.Status >= 500 || judge(problem).again
	case errors.As(err, &unexpected):
		return unexpected.Status >= 500 || judge(unexpected).again
	default:
		return true
	}
}

// ofCode is the error of a call that sent what the user typed: a body that Kanda refuses is no code then. In the other
// calls it is the application's mistake, such as a label that is too long.
func ofCode(err error) error {
	if errors.Is(err, ErrBodyInvalid) {
		return refused{code: "not_a_code"}
	}
	return err
}

// refusalFor is what the page learns of a code that was not accepted.
func refusalFor(reason Reason, retryAfter int, attemptsLeft *int) refused {
	more := reply{}
	if retryAfter > 0 {
		more["retryAfter"] = retryAfter
	}
	if attemptsLeft != nil {
		more["attemptsLeft"] = *attemptsLeft
	}
	switch {
	case reason == "locked" || reason == "disabled":
		return refused{string(reason), more}
	case reason == "pending":
		return refused{code: "not_enrolled"}
	case attemptsLeft != nil && *attemptsLeft == 0:
		return refused{code: "start_again"}
	default:
		return refused{"wrong_code", more}
	}
}

// send answers the page. What is answered is true for one session at one moment, or has secrets.
func (s *SecondFactor) send(w http.ResponseWriter, r *http.Request, said reply, err error) {
	status := http.StatusOK
	if err != nil {
		refusal := refusalOf(err)
		status, said = refusalStatuses[refusal.code], reply{"error": refusal.code}
		for name, value := range refusal.more {
			said[name] = value
		}
		if status >= 500 && s.options.OnError != nil {
			s.options.OnError(r, err)
		}
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	if seconds, ok := said["retryAfter"].(int); ok {
		header.Set("Retry-After", strconv.Itoa(seconds))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said)
}
