package kanda

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// failure is what a failed try means.
type failure struct {
	// again is whether another try with the same Idempotency-Key can help.
	again bool
	// unknown is whether the request may have taken effect although this was the answer.
	unknown bool
	// after is how long the answer asks to wait; nil: it does not.
	after *time.Duration
	// underWay is whether the first request with this key is still under way: its answer comes to a later one.
	underWay bool
}

// notCarriedOut are refusals before the request was looked at.
var notCarriedOut = []Code{
	ErrStopping, ErrRateLimited, ErrEventQuotaExceeded, ErrRequestTimeout, ErrDiskAlmostFull,
}

// judge judges the error of one try.
func judge(err error) failure {
	switch err := err.(type) {
	case *ConnectionFailed:
		return failure{again: true, unknown: err.Sent}
	case *TimedOut:
		return failure{again: true, unknown: true}
	case *UnexpectedAnswer:
		return failure{
			again: slices.Contains([]int{408, 429, 502, 503, 504}, err.Status),
			// 2xx: something answered in Kanda's place, or changed what it answered.
			unknown: err.Status >= 500 || (err.Status >= 200 && err.Status < 300),
			after:   err.RetryAfter,
		}
	case *Problem:
		return judgeProblem(err)
	}
	return failure{}
}

func judgeProblem(problem *Problem) failure {
	underWay := problem.Code == ErrIdempotencyKeyInUse
	carriedOut := problem.Code != ErrSecretUnreadable && !slices.Contains(notCarriedOut, problem.Code)
	return failure{
		again:   underWay || slices.Contains([]int{408, 429, 503}, problem.Status),
		unknown: underWay || (problem.Status >= 500 && carriedOut),
		after:   problem.RetryAfter, underWay: underWay,
	}
}

// settles is whether this refusal answers for the earlier tries too, whose fate was unknown: Kanda would have refused
// those for the same reason, or this is the first one's kept answer. A bearer that ended and a limit say nothing of them.
func settles(err error) bool {
	var problem *Problem
	if !errors.As(err, &problem) || problem.Status == http.StatusUnauthorized {
		return false
	}
	judged := judge(problem)
	return !judged.again && !judged.unknown
}

const (
	firstDelay = 250 * time.Millisecond
	maxDelay   = 4 * time.Second
)

// delay is how long to wait before the next try: twice as long each time, less up to half by chance, so that callers
// that failed together do not come back together; never less than the answer asked for. failed is how many tries have
// failed, from 1; random is from 0 to 1.
func delay(failed int, after *time.Duration, random float64) time.Duration {
	longest := min(maxDelay, firstDelay<<min(failed-1, 10))
	backOff := float64(longest) * (1 - random/2)
	if after == nil {
		return time.Duration(backOff)
	}
	return *after + time.Duration(backOff*random)
}
