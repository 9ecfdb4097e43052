package kanda

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestRequireSecondFactor(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusSeeOther) })
	for name, one := range map[string]struct {
		shownAt   time.Time
		maxAge    time.Duration
		otherwise http.Handler
		expected  int
		endedAt   time.Time
	}{
		"never":                          {time.Time{}, 0, nil, 403, time.Time{}},
		"never, with a page":             {time.Time{}, time.Minute, page, 303, time.Time{}},
		"at any time":                    {now.Add(-24 * time.Hour), 0, nil, 200, time.Time{}},
		"just fresh enough":              {now.Add(-time.Minute), time.Minute, nil, 200, time.Time{}},
		"a moment too old":               {now.Add(-time.Minute - 1), time.Minute, nil, 403, time.Time{}},
		"too old, with a page":           {now.Add(-time.Hour), time.Minute, page, 303, time.Time{}},
		"in the future":                  {now.Add(1), time.Minute, nil, 403, time.Time{}},
		"at this moment":                 {now, time.Nanosecond, nil, 200, time.Time{}},
		"shown before it was turned off": {now.Add(-time.Minute), 0, nil, 403, now},
		"shown as it was turned off":     {now, 0, nil, 403, now},
		"shown after it was turned off":  {now, 0, nil, 200, now.Add(-1)},
		"the zero of another format":     {time.Unix(0, 0), time.Minute, nil, 403, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			reached := false
			guard := RequireSecondFactor(StepUp{
				ShownAt: func(*http.Request) time.Time { return one.shownAt }, MaxAge: one.maxAge,
				EndedAt:   func(*http.Request) time.Time { return one.endedAt },
				Otherwise: one.otherwise, Now: func() time.Time { return now },
			})
			answer := httptest.NewRecorder()
			handler := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/email", nil))
			if answer.Code != one.expected || reached != (one.expected == 200) {
				t.Errorf("it answered %d, and reached is %v", answer.Code, reached)
			}
			if !reached && answer.Header().Get("Cache-Control") != "no-store" {
				t.Error("the refusal may be kept")
			}
			if answer.Code == 403 && answer.Body.String() != `{"error":"second_factor_required"}`+"\n" {
				t.Error(answer.Body)
			}
		})
	}
}

func TestRequireSecondFactorWithoutASessionPanics(t *testing.T) {
	at := func(*http.Request) time.Time { return time.Now() }
	for _, lacking := range []StepUp{{EndedAt: at}, {ShownAt: at}, {ShownAt: at, EndedAt: at, MaxAge: -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v protects nothing, and it did not say so", lacking)
				}
			}()
			RequireSecondFactor(lacking)
		}()
	}
}
