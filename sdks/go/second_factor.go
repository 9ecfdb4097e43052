package kanda

import (
	"net/http"
	"time"
)

// StepUp is what a request must have shown before it goes on: a second factor in its session, and how fresh.
type StepUp struct {
	// ShownAt is when Kanda last accepted a code in the session of this request: the time that your application put
	// into the session after IsValid. The zero time: never. A session that another user takes over, or in which the same
	// user logs in again, has shown nothing: drop the time at each log-in and log-out.
	ShownAt func(r *http.Request) time.Time
	// EndedAt is when two-factor login of the user of this request was last turned off, in your records; the zero time:
	// never. What any session showed by then counts no more: someone who knows the password may have shown codes of a phone
	// of their own in it, and turned two-factor login off, before the user turned it on.
	EndedAt func(r *http.Request) time.Time
	// MaxAge is how long ago that may be; any time in the session unless set.
	MaxAge time.Duration
	// Otherwise answers a request that lacks it, such as with the page that asks for a code; unless set, 403 with the
	// JSON {"error":"second_factor_required"}.
	Otherwise http.Handler
	// Now is the clock; time.Now unless set.
	Now func() time.Time
}

// RequireSecondFactor is middleware that lets only those requests through whose session has what is asked. The session
// is your application's: it must be one that the browser cannot write, such as a row of your database or a signed cookie.
// It panics without ShownAt and EndedAt and for a negative MaxAge, as it could then protect nothing.
func RequireSecondFactor(required StepUp) func(http.Handler) http.Handler {
	if required.ShownAt == nil || required.EndedAt == nil || required.MaxAge < 0 {
		panic("kanda: RequireSecondFactor needs ShownAt and EndedAt, and a MaxAge that is not negative")
	}
	otherwise := required.Otherwise
	if otherwise == nil {
		otherwise = http.HandlerFunc(secondFactorRequired)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if required.isMet(r) {
				next.ServeHTTP(w, r)
				return
			}
			// What is answered is true for one session at one moment.
			w.Header().Set("Cache-Control", "no-store")
			otherwise.ServeHTTP(w, r)
		})
	}
}

// isMet is false for a time in the future too: the clock was set back, and nothing is known of its age.
func (s StepUp) isMet(r *http.Request) bool {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	shownAt := s.ShownAt(r)
	if shownAt.IsZero() || !shownAt.After(s.EndedAt(r)) {
		return false
	}
	age := now().Sub(shownAt)
	return s.MaxAge == 0 || (age >= 0 && age <= s.MaxAge)
}

func secondFactorRequired(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(`{"error":"second_factor_required"}` + "\n"))
}
