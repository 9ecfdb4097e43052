package kanda

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// shop is an application with one user and several browsers, each with a session of its own.
type shop struct {
	t        *testing.T
	kanda    *scripted
	factor   *SecondFactor
	mux      *http.ServeMux
	user     SecondFactorUser
	now      time.Time
	sessions map[string]*SecondFactorState
	errors   []error
	// noOne is signed in.
	noOne bool
}

func openShop(t *testing.T, answers ...planned) *shop {
	s := &shop{
		t: t, kanda: serve(t, answers...), mux: http.NewServeMux(), sessions: map[string]*SecondFactorState{},
		user: SecondFactorUser{ClientID: "user-1", Label: "alice@example.com", TwoFactor: TwoFactorOn},
		now:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	s.user.SignedInAt = s.now
	factor, err := NewSecondFactor(SecondFactorOptions{
		Kanda: s.kanda.kanda(once), Issuer: "MyApp",
		User: func(*http.Request) *SecondFactorUser {
			if s.noOne {
				return nil
			}
			user := s.user
			return &user
		},
		Session: func(r *http.Request, change func(*SecondFactorState)) {
			name := r.Header.Get("Session")
			if s.sessions[name] == nil {
				s.sessions[name] = &SecondFactorState{}
			}
			change(s.sessions[name])
		},
		OnChange: func(_ *http.Request, _ SecondFactorUser, to TwoFactor) error {
			s.changed(to)
			return nil
		},
		OnError: func(_ *http.Request, err error) { s.errors = append(s.errors, err) },
		Now:     func() time.Time { return s.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.factor = factor
	factor.Route(s.mux, "/2fa")
	return s
}

func (s *shop) changed(to TwoFactor) {
	s.user.TwoFactor = to
	if to != TwoFactorOn {
		s.user.TwoFactorEndedAt = s.now
	}
}

func (s *shop) request(ctx context.Context, session, method, path string, body map[string]any) *http.Request {
	sent, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(sent)).WithContext(ctx)
	r.Header.Set("Session", session)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	return r
}

func (s *shop) call(r *http.Request) map[string]any {
	answer := httptest.NewRecorder()
	s.mux.ServeHTTP(answer, r)
	said := map[string]any{}
	if err := json.Unmarshal(answer.Body.Bytes(), &said); err != nil {
		s.t.Fatalf("%v: %s", err, answer.Body)
	}
	return said
}

func (s *shop) page(session string) string {
	key, _ := s.call(s.request(ctx, session, http.MethodGet, "/2fa/page", nil))["page"].(string)
	return key
}

// send sends a form of a new page.
func (s *shop) send(session, path string, fields map[string]any) map[string]any {
	body := map[string]any{"page": s.page(session)}
	for name, value := range fields {
		body[name] = value
	}
	method := http.MethodPost
	if path == "" {
		method = http.MethodDelete
	}
	return s.call(s.request(ctx, session, method, "/2fa"+path, body))
}

func (s *shop) next(session string) string {
	return s.factor.Next(s.request(ctx, session, http.MethodGet, "/", nil))
}

var (
	code     = map[string]any{"token": "123456"}
	paper    = map[string]any{"recoveryCode": "abcde-fghij"}
	enrolled = planned{body: `{"clientId":"user-1","authenticatorId":"aut_1","status":"pending","secret":"ABC",` +
		`"otpauthUrl":"otpauth://totp/x","qrDataUrl":"data:image/png;base64,AA"}`}
)

// An attacker who knows the password enrols a phone, shows codes in several sessions and turns it off; the user turns it
// on with a phone of their own later.
func TestWhatWasShownBeforeItWasTurnedOffCountsNoMore(t *testing.T) {
	s := openShop(t)
	old := s.page("phone")
	form := func() *http.Request {
		return s.request(ctx, "phone", http.MethodPost, "/2fa/challenge", map[string]any{"page": old, "token": "123456"})
	}
	s.call(form())
	s.send("phone", "/challenge", code)
	s.send("paper", "/challenge", paper)
	s.send("own", "/challenge", code)
	s.kanda.answers = []planned{enrolled}
	if said := s.send("paper", "/enrol", nil); said["secret"] != "ABC" {
		t.Fatal(said)
	}
	if s.next("phone") != "done" || s.next("paper") != "enrol" || s.sessions["paper"].Begun == nil {
		t.Fatalf("%q, %q", s.next("phone"), s.next("paper"))
	}
	s.kanda.answers = []planned{{status: 204}}
	if said := s.send("own", "", nil); said["off"] != true {
		t.Fatal(said)
	}

	s.now = s.now.Add(time.Second)
	s.changed(TwoFactorOn)
	calls := s.kanda.count()
	for _, session := range []string{"own", "phone", "paper"} {
		if next := s.next(session); next != "code" {
			t.Errorf("%s needs %q", session, next)
		}
		if said := s.send(session, "/enrol", nil); said["error"] != "proof_needed" {
			t.Errorf("%s: %v", session, said)
		}
		for path, fields := range map[string]map[string]any{"/recovery-codes": nil, "": nil, "/enrol": {"add": true}} {
			if said := s.send(session, path, fields); said["error"] != "second_factor_required" {
				t.Errorf("%s%s: %v", session, path, said)
			}
		}
		if state := s.sessions[session]; state.Begun != nil || !state.At.IsZero() || len(state.Accepted) > 0 {
			t.Errorf("%s: %+v", session, state)
		}
	}
	if said := s.call(form()); said["error"] != "page_expired" {
		t.Errorf("an old form, whose good answer Kanda has kept: %v", said)
	}
	if s.kanda.count() != calls {
		t.Errorf("Kanda was asked: %+v", s.kanda.seen[calls:])
	}
	if s.send("phone", "/challenge", code); s.next("phone") != "done" {
		t.Errorf("what is shown after counts, and it needs %q", s.next("phone"))
	}
}

func TestACodeIsAsOldAsItsForm(t *testing.T) {
	s := openShop(t)
	answer := s.kanda.Config.Handler
	s.kanda.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Another session turns it off while Kanda is asked.
		if strings.HasSuffix(r.URL.Path, "/validate") {
			s.now = s.now.Add(time.Second)
			s.changed(TwoFactorOff)
			s.now = s.now.Add(time.Second)
		}
		answer.ServeHTTP(w, r)
	})
	s.send("phone", "/challenge", code)
	s.changed(TwoFactorOn)
	if next := s.next("phone"); next != "code" {
		t.Errorf("it needs %q", next)
	}
}

func TestEnrolWithoutProof(t *testing.T) {
	for name, one := range map[string]struct {
		record   TwoFactor
		shown    map[string]any
		after    time.Duration
		isAsked  bool
		expected any
	}{
		"off":                             {TwoFactorOff, nil, 0, true, nil},
		"ending":                          {TwoFactorEnding, nil, 0, true, nil},
		"no record":                       {"", nil, 0, true, nil},
		"on":                              {TwoFactorOn, nil, 0, false, "proof_needed"},
		"on, with a phone":                {TwoFactorOn, code, time.Hour, true, nil},
		"on, with a recovery code":        {TwoFactorOn, paper, 15 * time.Minute, true, nil},
		"on, with a recovery code, later": {TwoFactorOn, paper, 15*time.Minute + 1, false, "proof_needed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.user.TwoFactor = one.record
			if one.shown != nil {
				s.send("one", "/challenge", one.shown)
			}
			s.now = s.now.Add(one.after)
			s.user.SignedInAt = s.now
			calls := s.kanda.count()
			s.kanda.answers = []planned{enrolled}
			said := s.send("one", "/enrol", nil)
			if said["error"] != one.expected || (s.kanda.count() > calls) != one.isAsked {
				t.Errorf("%v, after %+v", said, s.kanda.seen)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	bodyInvalid := problem(400, "body_invalid")
	for name, one := range map[string]struct {
		answer     planned
		path       string
		fields     map[string]any
		expected   string
		retryAfter any
		isReported bool
	}{
		"a label that is too long":       {bodyInvalid, "/enrol", nil, "failed", nil, true},
		"a name that is refused":         {bodyInvalid, "/enrol", map[string]any{"add": true}, "failed", nil, true},
		"a recovery code that is none":   {bodyInvalid, "/challenge", paper, "not_a_code", nil, false},
		"a first code that is none":      {bodyInvalid, "/confirm", code, "not_a_code", nil, false},
		"a proof that is none":           {bodyInvalid, "/enrol", map[string]any{"proof": paper}, "not_a_code", nil, false},
		"a key without the scope":        {problem(403, "scope_missing"), "/challenge", code, "failed", nil, true},
		"a key that was revoked":         {problem(401, "key_invalid"), "/challenge", code, "failed", nil, true},
		"a secret that does not open":    {problem(500, "secret_unreadable"), "/challenge", code, "failed", nil, true},
		"a page of another server":       {planned{status: 404, body: "{}"}, "/challenge", code, "failed", nil, true},
		"a gateway without a server":     {planned{status: 502, body: "{}"}, "/challenge", code, "outcome_unknown", nil, true},
		"a server that stops":            {problem(503, "stopping"), "/challenge", code, "unavailable", nil, true},
		"a limit":                        {problem(429, "rate_limited"), "/challenge", code, "unavailable", nil, true},
		"a phone too many":               {problem(409, "authenticator_quota_exceeded"), "/enrol", map[string]any{"add": true}, "too_many_phones", nil, false},
		"phones that are guessed easily": {problem(409, "authenticator_odds"), "/enrol", map[string]any{"add": true}, "too_many_phones", nil, false},
		"a wrong proof":                  {problem(403, "proof_invalid"), "/enrol", map[string]any{"proof": code}, "wrong_code", nil, false},
		"a proof while codes are locked": {problem(403, "proof_invalid", "Retry-After", "28"), "/enrol", map[string]any{"proof": code}, "locked", 28.0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t)
			s.send("one", "/challenge", code)
			s.kanda.answers = []planned{one.answer}
			said := s.send("one", one.path, one.fields)
			if said["error"] != one.expected || said["retryAfter"] != one.retryAfter || (len(s.errors) > 0) != one.isReported {
				t.Errorf("%v, and reported were %v", said, s.errors)
			}
		})
	}
}

// A browser sends each of these from another site, with the user's cookie where that allows it.
func TestAFormOfAnotherTypeIsNone(t *testing.T) {
	s := openShop(t)
	form := map[string]any{"page": s.page("one"), "token": "123456"}
	for _, kind := range []string{"", "text/plain", "text/plain;application/json", "application/x-www-form-urlencoded"} {
		r := s.request(ctx, "one", http.MethodPost, "/2fa/challenge", form)
		r.Header.Set("Content-Type", kind)
		if said := s.call(r); said["error"] != "page_expired" || s.kanda.count() > 0 {
			t.Errorf("%q: %v", kind, said)
		}
	}
	if said := s.call(s.request(ctx, "one", http.MethodPost, "/2fa/challenge", form)); said["done"] != true {
		t.Error(said)
	}
}

// A code that Kanda has accepted counts, also when the browser has gone.
func TestABrowserThatGoesAway(t *testing.T) {
	gone, leave := context.WithCancel(ctx)
	leave()
	for path, answer := range map[string]planned{
		"/challenge": {body: `{"valid":true}`}, "/confirm": {body: `{"confirmed":true,"authenticatorId":"aut_1"}`},
	} {
		s := openShop(t, answer)
		body := map[string]any{"page": s.page("one"), "token": "123456", "authenticatorId": "aut_1"}
		s.call(s.request(gone, "one", http.MethodPost, "/2fa"+path, body))
		if next := s.next("one"); next != "done" {
			t.Errorf("after %s it needs %q", path, next)
		}
	}
}

// Seen to fail when a method was taken as it came: Require without Methods let the session through.
func TestAMethodThatIsNoPhones(t *testing.T) {
	for _, method := range []string{"trusted_device", "of a later version"} {
		s := openShop(t, planned{body: `{"valid":true,"method":"` + method + `"}`})
		if said := s.send("one", "/challenge", code); said["error"] != "failed" || s.next("one") != "code" {
			t.Errorf("%s: %v", method, said)
		}
	}
	now := time.Now()
	if (SecondFactorState{At: now, Method: "of an earlier version"}).fulfils(Requirement{}, now) {
		t.Error("what an earlier version kept fulfils what it is not")
	}
}

// Seen to fail when the eight that were accepted last were kept.
func TestAFormThatComesAgainMakesNothingYounger(t *testing.T) {
	s := openShop(t)
	page := s.page("one")
	send := func(token string) map[string]any {
		return s.call(s.request(ctx, "one", http.MethodPost, "/2fa/challenge", map[string]any{"page": page, "token": token}))
	}
	send("000000")
	for number := range 12 {
		send(fmt.Sprint(100_000 + number))
	}
	s.now = s.now.Add(301 * time.Second)
	if said := send("000000"); said["done"] != true {
		t.Fatal(said)
	}
	if said := s.send("one", "/recovery-codes", nil); said["error"] != "second_factor_required" {
		t.Error(said)
	}
	s.now = s.now.Add(55 * time.Minute)
	if s.send("one", "/challenge", code); len(s.sessions["one"].Accepted) != 1 {
		t.Errorf("%d are kept", len(s.sessions["one"].Accepted))
	}
}
