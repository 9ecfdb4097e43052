package kanda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"
)

// planned is what the server of a test answers.
type planned struct {
	status int
	header map[string]string
	body   string
	// instead is what happens in place of an answer: cut or wait.
	instead string
}

type seen struct {
	path, key, bearer string
}

// scripted is a server that answers as it is asked to, and a right verdict when it is not. Tokens are exchanged by it
// too, and not seen.
type scripted struct {
	*httptest.Server
	t         *testing.T
	mutex     sync.Mutex
	answers   []planned
	seen      []seen
	expiresIn string
	seconds   int
	exchanged int
	ended     chan struct{}
}

func serve(t *testing.T, answers ...planned) *scripted {
	s := &scripted{t: t, answers: answers, expiresIn: "1h", ended: make(chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(func() {
		close(s.ended)
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *scripted) answer(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	next := planned{body: `{"valid":true}`}
	if r.URL.Path == "/api/auth/token" {
		s.exchanged++
		next.body = fmt.Sprintf(`{"token":"token-%d","expiresIn":%q,"expiresInSeconds":%d}`, s.exchanged, s.expiresIn, s.seconds)
	} else {
		s.seen = append(s.seen, seen{r.URL.EscapedPath(), r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization")})
		if len(s.answers) > 0 {
			next, s.answers = s.answers[0], s.answers[1:]
		}
	}
	s.mutex.Unlock()
	switch next.instead {
	case "cut":
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			s.t.Error(err)
			return
		}
		connection.Close()
		return
	case "wait":
		<-s.ended
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for name, value := range next.header {
		w.Header().Set(name, value)
	}
	if next.status != 0 {
		w.WriteHeader(next.status)
	}
	fmt.Fprint(w, next.body)
}

func (s *scripted) kanda(change ...func(*Options)) *Kanda {
	s.t.Helper()
	options := Options{URL: s.URL, APIKey: "kan_test"}
	for _, one := range change {
		one(&options)
	}
	k, err := New(options)
	if err != nil {
		s.t.Fatal(err)
	}
	return k
}

// keys are those of the requests so far, each once.
func (s *scripted) keys() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var keys []string
	for _, one := range s.seen {
		if len(keys) == 0 || keys[len(keys)-1] != one.key {
			keys = append(keys, one.key)
		}
	}
	return keys
}

// count is how many requests there were.
func (s *scripted) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.seen)
}

func once(o *Options) { o.Retries = NoRetries }

func problem(status int, code string, header ...string) planned {
	made := planned{status: status, header: map[string]string{"Content-Type": "application/problem+json; charset=utf-8"}}
	made.body = fmt.Sprintf(
		`{"type":"/docs/errors/%s","title":"T","status":%d,"detail":"D.","code":%q,"requestId":"req_1"}`,
		code, status, code)
	for index := 0; index+1 < len(header); index += 2 {
		made.header[header[index]] = header[index+1]
	}
	return made
}

var (
	ctx   = context.Background()
	shown = ShownFactor{ClientID: "user-123", Token: "123456"}
)

func TestSentAgainWithTheSameKey(t *testing.T) {
	cases := map[string]planned{
		"a connection that broke":     {instead: "cut"},
		"503 store_unavailable":       problem(503, "store_unavailable"),
		"503 stopping":                problem(503, "stopping"),
		"429 rate_limited":            problem(429, "rate_limited", "Retry-After", "0"),
		"409 idempotency_key_in_use":  problem(409, "idempotency_key_in_use", "Retry-After", "0"),
		"502 of a gateway":            {status: 502, body: `{"message":"Bad Gateway"}`},
		"503 of a gateway":            {status: 503, body: "<html>", header: map[string]string{"Content-Type": "text/html"}},
		"504 of a gateway":            {status: 504},
		"a time-out":                  {instead: "wait"},
		"an answer that is cut short": {header: map[string]string{"Content-Length": "90"}, body: `{"valid":true`},
	}
	for name, failure := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, failure)
			verdict, err := s.kanda(func(o *Options) { o.Timeout = 2 * time.Second }).Validate(ctx, shown)
			if err != nil || !IsValid(verdict) {
				t.Fatalf("%+v, %v", verdict, err)
			}
			keys := s.keys()
			if s.count() != 2 || len(keys) != 1 || !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(keys[0]) {
				t.Fatalf("it saw %+v", s.seen)
			}
		})
	}
}

// Seen to fail when each such answer was a try: a busy server has the first request for longer than two seconds.
func TestACopyWaitsForTheFirstRequest(t *testing.T) {
	underWay := problem(409, "idempotency_key_in_use", "Retry-After", "0")
	s := serve(t, underWay, underWay, underWay)
	verdict, err := s.kanda(func(o *Options) { o.Retries = 1 }).Validate(ctx, shown)
	if err != nil || !IsValid(verdict) || len(s.keys()) != 1 {
		t.Fatalf("%+v, %v", verdict, err)
	}
	many := make([]planned, 50)
	for index := range many {
		many[index] = underWay
	}
	s = serve(t, many...)
	var unknown *OutcomeUnknown
	_, err = s.kanda(func(o *Options) { o.Retries, o.Timeout = 1, 600*time.Millisecond }).Validate(ctx, shown)
	if !errors.As(err, &unknown) {
		t.Fatal(err)
	}
}

func TestEachCallHasAnotherKeyUnlessTheCallerBringsOne(t *testing.T) {
	s := serve(t)
	k := s.kanda()
	for _, options := range [][]CallOption{nil, nil, {WithIdempotencyKey("form-7")}} {
		if _, err := k.Validate(ctx, shown, options...); err != nil {
			t.Fatal(err)
		}
	}
	if keys := s.keys(); len(keys) != 3 || keys[2] != "form-7" {
		t.Fatal(keys)
	}
}

func TestAReadHasNoKey(t *testing.T) {
	s := serve(t, planned{body: `{"clientId":"user-123"}`})
	if _, err := s.kanda().Clients.Get(ctx, "user-123"); err != nil || s.seen[0].key != "" {
		t.Fatalf("%v, %+v", err, s.seen)
	}
}

// A kept connection that breaks before the answer begins: net/http would send the request again by itself, so that one
// try is two.
func TestOneTryIsSentOnce(t *testing.T) {
	s := serve(t, planned{body: `{"clientId":"a"}`}, planned{instead: "cut"}, planned{body: `{"clientId":"a"}`},
		planned{instead: "cut"}, planned{body: `{"clientId":"a"}`}, planned{instead: "cut"})
	k := s.kanda(once)
	for range 2 {
		if _, err := k.Clients.Get(ctx, "a"); s.count() > 1 {
			var broken *ConnectionFailed
			if !errors.As(err, &broken) || s.count() != 2 {
				t.Fatalf("a read gave %v, and was seen %d times", err, s.count()-1)
			}
		}
	}
	var unknown *OutcomeUnknown
	for index, call := range []func() error{
		func() error { _, err := k.Clients.Unlock(ctx, "a", Unlock{}); return err },
		func() error { _, err := k.Clients.Disable(ctx, "a"); return err },
		func() error { _, err := k.Clients.Enable(ctx, "a"); return err },
		func() error { return k.Clients.Delete(ctx, "a") },
	} {
		if err := call(); index%2 == 1 && (!errors.As(err, &unknown) || s.count() != 3+index) {
			t.Fatalf("call %d gave %v, and %d were seen", index, err, s.count())
		}
	}
}

func TestNoSoonerThanRetryAfterSays(t *testing.T) {
	s := serve(t, problem(429, "rate_limited", "Retry-After", "1"))
	begun := time.Now()
	if _, err := s.kanda().Validate(ctx, shown); err != nil || time.Since(begun) < time.Second {
		t.Fatalf("after %v: %v", time.Since(begun), err)
	}
}

func TestNotSentAgain(t *testing.T) {
	cases := map[string]struct {
		failure planned
		is      error
	}{
		"404 client_not_found":                      {problem(404, "client_not_found"), ErrClientNotFound},
		"401 key_invalid":                           {problem(401, "key_invalid"), ErrKeyInvalid},
		"a limit that ends later than anyone waits": {problem(429, "rate_limited", "Retry-After", "3600"), ErrRateLimited},
		"a code that this version does not know":    {problem(400, "brand_new"), Code("brand_new")},
		"403 of a gateway":                          {planned{status: 403, body: `{"error":"blocked"}`}, nil},
		"a redirect":                                {planned{status: 302, header: map[string]string{"Location": "/x"}}, nil},
		"another status than the answer's": {
			planned{status: 403, body: problem(404, "client_not_found").body}, nil,
		},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, one.failure)
			_, err := s.kanda().Validate(ctx, shown)
			var known *Problem
			var unexpected *UnexpectedAnswer
			var unknown *OutcomeUnknown
			if one.is != nil && (!errors.Is(err, one.is) || !errors.As(err, &known) || known.RequestID != "req_1") {
				t.Errorf("it gave %v", err)
			}
			if one.is == nil && (!errors.As(err, &unexpected) || unexpected.Status != one.failure.status) {
				t.Errorf("it gave %v", err)
			}
			if errors.As(err, &unknown) || s.count() != 1 {
				t.Errorf("it gave %v, and was seen %d times", err, s.count())
			}
		})
	}
}

func TestAProblemHasItsFields(t *testing.T) {
	failure := problem(400, "body_invalid", "Retry-After", "7")
	failure.body = failure.body[:len(failure.body)-1] + `,"sameSecret":false,"errors":[{"path":"/token","message":"No."}]}`
	_, err := serve(t, failure).kanda(once).Clients.Get(ctx, "user-123")
	var known *Problem
	if !errors.As(err, &known) || known.Error() != "kanda: 400 body_invalid: D. (req_1)" || known.Title != "T" ||
		known.Type != "/docs/errors/body_invalid" || *known.RetryAfter != 7*time.Second || *known.SameSecret ||
		len(known.Errors) != 1 || known.Errors[0] != (FieldError{"/token", "No."}) {
		t.Fatalf("%+v", err)
	}
	var any Error
	if !errors.As(err, &any) || errors.Is(err, ErrClientNotFound) {
		t.Fatal("it is a kanda.Error, and of one code")
	}
}

func TestAnOutcomeThatIsNotKnown(t *testing.T) {
	html := map[string]string{"Content-Type": "text/html"}
	cases := map[string]struct {
		failure planned
		cause   Error
	}{
		"a connection that broke":          {planned{instead: "cut"}, &ConnectionFailed{}},
		"a time-out":                       {planned{instead: "wait"}, &TimedOut{}},
		"503 store_unavailable":            {problem(503, "store_unavailable"), &Problem{}},
		"500 internal":                     {problem(500, "internal"), &Problem{}},
		"a JSON 502 without a code":        {planned{status: 502, body: `{"message":"Bad Gateway"}`}, &UnexpectedAnswer{}},
		"an answer that is no verdict":     {planned{body: `{"ok":true}`}, &UnexpectedAnswer{}},
		"a verdict that is text":           {planned{body: `{"valid":"true"}`}, &UnexpectedAnswer{}},
		"a verdict that is a number":       {planned{body: `{"valid":1}`}, &UnexpectedAnswer{}},
		"a verdict of another name":        {planned{body: `{"Valid":true}`}, &UnexpectedAnswer{}},
		"null":                             {planned{body: `null`}, &UnexpectedAnswer{}},
		"a list":                           {planned{body: `[{"valid":true}]`}, &UnexpectedAnswer{}},
		"nothing":                          {planned{status: 204}, &UnexpectedAnswer{}},
		"a page":                           {planned{body: "<html>", header: html}, &UnexpectedAnswer{}},
		"a verdict that says it is a page": {planned{body: `{"valid":true}`, header: html}, &UnexpectedAnswer{}},
		"a field of another type":          {planned{body: `{"valid":true,"deviceId":5}`}, &UnexpectedAnswer{}},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := serve(t, one.failure).kanda(once, func(o *Options) { o.Timeout = time.Second })
			verdict, err := k.Validate(ctx, shown, WithIdempotencyKey("form-7"))
			unknown, ok := err.(*OutcomeUnknown)
			if !ok || unknown.IdempotencyKey != "form-7" || unknown.Tries != 1 {
				t.Fatalf("it gave %v", err)
			}
			if found, wanted := fmt.Sprintf("%T", unknown.Cause), fmt.Sprintf("%T", one.cause); found != wanted {
				t.Errorf("its cause is %s, not %s", found, wanted)
			}
			if IsValid(verdict) {
				t.Error("and lets the user in")
			}
		})
	}
}

func TestAReadGivesTheCauseItself(t *testing.T) {
	_, err := serve(t, planned{instead: "cut"}).kanda(once).Clients.Get(ctx, "a")
	if failed, ok := err.(*ConnectionFailed); !ok || !failed.Sent {
		t.Fatalf("%v", err)
	}
}

func TestOnlyTrueIsValid(t *testing.T) {
	s := serve(t, planned{body: `{"valid":false,"Valid":true,"VALID":true,"reason":"invalid_code"}`})
	verdict, err := s.kanda().Validate(ctx, shown)
	if err != nil || IsValid(verdict) || verdict.Reason != ReasonInvalidCode || IsValid(Verdict{}) {
		t.Fatalf("%+v, %v", verdict, err)
	}
}

func TestWhatSettlesAnUnknownOutcome(t *testing.T) {
	_, err := serve(t, planned{instead: "cut"}, problem(401, "key_invalid")).kanda().Validate(ctx, shown)
	if _, ok := err.(*OutcomeUnknown); !ok || !errors.Is(err, ErrKeyInvalid) {
		t.Errorf("a key that was revoked settled it: %v", err)
	}
	_, err = serve(t, planned{instead: "cut"}, problem(404, "client_not_found")).kanda().Validate(ctx, shown)
	if _, ok := err.(*Problem); !ok || !errors.Is(err, ErrClientNotFound) {
		t.Errorf("a refusal of the request did not: %v", err)
	}
	_, err = serve(t, problem(503, "stopping")).kanda(once).Validate(ctx, shown)
	if _, ok := err.(*Problem); !ok {
		t.Errorf("a server that stops carried it out: %v", err)
	}
}

func TestNotSentWhereNoConnectionWasMade(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, url := range []string{"http://" + listener.Addr().String(), "http://nowhere.invalid"} {
		k := serve(t).kanda(once, func(o *Options) { o.URL = url })
		_, err = k.Validate(ctx, shown)
		if failed, ok := err.(*ConnectionFailed); !ok || failed.Sent {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestACallerThatStopsWaiting(t *testing.T) {
	s := serve(t, planned{instead: "wait"})
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	_, err := s.kanda().Validate(short, shown)
	if _, ok := err.(*OutcomeUnknown); !ok || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after it was sent: %v", err)
	}
	gone, why := errors.New("gone"), context.CancelCauseFunc(nil)
	stopped, why := context.WithCancelCause(ctx)
	why(gone)
	_, err = s.kanda().Validate(stopped, shown)
	var known Error
	if errors.As(err, &known) || !errors.Is(err, gone) || !errors.Is(err, context.Canceled) || s.count() != 1 {
		t.Errorf("before: %v", err)
	}
}

func TestTheTokenIsExchangedOnce(t *testing.T) {
	s := serve(t)
	k := s.kanda()
	var callers sync.WaitGroup
	for range 50 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			if _, err := k.Validate(ctx, shown); err != nil {
				t.Error(err)
			}
		}()
	}
	callers.Wait()
	if _, err := k.Validate(ctx, shown); err != nil || s.exchanged != 1 {
		t.Fatalf("%d exchanges, %v", s.exchanged, err)
	}
	for _, one := range s.seen {
		if one.bearer != "Bearer token-1" {
			t.Fatal(one.bearer)
		}
	}
}

func TestTheTokenIsRenewedBeforeItsEnd(t *testing.T) {
	// Older servers send only expiresIn.
	for _, life := range []struct {
		words   string
		seconds int
	}{{"1s", 0}, {"1h", 1}} {
		s := serve(t)
		s.expiresIn, s.seconds = life.words, life.seconds
		k := s.kanda()
		for index, wait := range []time.Duration{0, 0, 850 * time.Millisecond} {
			time.Sleep(wait)
			if _, err := k.Validate(ctx, shown); err != nil || s.exchanged != 1+index/2 {
				t.Fatalf("%v, call %d: %d exchanges, %v", life, index, s.exchanged, err)
			}
		}
	}
}

func TestTheTokenIsRenewedOnceWhenItEnded(t *testing.T) {
	for _, code := range []string{"token_expired", "token_invalid"} {
		s := serve(t, problem(401, code))
		k := s.kanda(once)
		verdict, err := k.Validate(ctx, shown)
		if err != nil || !IsValid(verdict) || s.exchanged != 2 || len(s.keys()) != 1 {
			t.Fatalf("%v, %d exchanges", err, s.exchanged)
		}
		s.answers = []planned{problem(401, code), problem(401, code), {body: `{"valid":true}`}}
		if _, err = k.Validate(ctx, shown); !errors.Is(err, Code(code)) || len(s.answers) != 1 {
			t.Fatalf("%v, %d answers left", err, len(s.answers))
		}
	}
}

func TestPages(t *testing.T) {
	page := func(next string, ids ...string) planned {
		var data []map[string]string
		for _, id := range ids {
			data = append(data, map[string]string{"clientId": id})
		}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		return planned{body: fmt.Sprintf(`{"data":%s,"nextCursor":%s}`, text, next)}
	}
	s := serve(t, page(`"c1"`, "a", "b"), planned{body: `{"data":[],"nextCursor":"c2"}`}, page("null", "c"))
	list := s.kanda().Clients.List(ClientFilter{Status: "active", Limit: 2})
	var ids []string
	for list.Next(ctx) {
		ids = append(ids, list.Value().ClientID)
	}
	if fmt.Sprint(ids) != "[a b c]" || list.Err() != nil || list.Next(ctx) || list.Value().ClientID != "" {
		t.Fatalf("%v, %v", ids, list.Err())
	}
	s = serve(t, page(`"c1"`, "a"), planned{body: `{"data":[]}`})
	ids = nil
	var last error
	s.kanda().Clients.List(ClientFilter{}).All(ctx)(func(one Client, err error) bool {
		ids, last = append(ids, one.ClientID), err
		return true
	})
	if _, ok := last.(*UnexpectedAnswer); !ok || fmt.Sprint(ids) != "[a ]" {
		t.Fatalf("a page without an end: %v, %v", ids, last)
	}
}
