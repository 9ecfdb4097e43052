package kanda

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
)

type token struct {
	text Secret
	// renewAt is when to get the next one, endsAt when it ends.
	renewAt, endsAt time.Time
}

// maxMargin is how much of a token's life is left, at least, when it is renewed: a call needs some of it.
const maxMargin = time.Minute

// tokenKeeper exchanges the API key for a token and keeps that; however many callers wait, there is one exchange at a
// time.
type tokenKeeper struct {
	settings settings

	mutex      sync.Mutex
	kept       *token
	exchanging *tokenExchange
}

// tokenExchange is one that is under way; done is closed when the other two are there.
type tokenExchange struct {
	done  chan struct{}
	token *token
	err   error
}

// get is a token that is good for a while. It gives the error of the exchange when there is none and no new one could
// be had, and the context's error when that ends first.
func (k *tokenKeeper) get(ctx context.Context) (*token, error) {
	k.mutex.Lock()
	kept, now := k.kept, time.Now()
	if kept != nil && now.Before(kept.renewAt) {
		k.mutex.Unlock()
		return kept, nil
	}
	if k.exchanging == nil {
		k.exchanging = &tokenExchange{done: make(chan struct{})}
		go k.exchange(k.exchanging)
	}
	exchanging := k.exchanging
	k.mutex.Unlock()

	select {
	case <-ctx.Done():
		return nil, ended(ctx)
	case <-exchanging.done:
	}
	if exchanging.err == nil {
		return exchanging.token, nil
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	// Kanda is away for a moment, and what is kept has not ended.
	if kept != nil && kept == k.kept && now.Before(kept.endsAt) {
		return kept, nil
	}
	return nil, exchanging.err
}

// drop drops this token, which Kanda refused; one that was exchanged since stays.
func (k *tokenKeeper) drop(refused *token) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.kept == refused {
		k.kept = nil
	}
}

// exchange is not ended by the context of the caller that happened to need it first: others wait for it too.
func (k *tokenKeeper) exchange(under *tokenExchange) {
	made, err := k.settings.exchangeKey()
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err == nil {
		k.kept = made
	}
	under.token, under.err = made, err
	k.exchanging = nil
	close(under.done)
}

func (s settings) exchangeKey() (*token, error) {
	// The life counts from when it was asked for: not a moment longer than Kanda thinks.
	askedAt := time.Now()
	body, err := json.Marshal(map[string]string{"apiKey": s.apiKey.Reveal()})
	if err != nil {
		return nil, err
	}
	out := outgoing{method: http.MethodPost, url: s.baseURL + "/api/auth/token", body: body}
	answer, err := exchange(context.Background(), s.client, out, s.timeout)
	if err != nil {
		return nil, err
	}
	var made struct {
		Token            string `json:"token"`
		ExpiresIn        string `json:"expiresIn"`
		ExpiresInSeconds int    `json:"expiresInSeconds"`
	}
	if json.Unmarshal(answer, &made) != nil || made.Token == "" || made.ExpiresIn == "" {
		return nil, notKandas("a token")
	}
	// Older servers send only expiresIn.
	life := durationOf(made.ExpiresIn)
	if made.ExpiresInSeconds > 0 {
		life = time.Duration(made.ExpiresInSeconds) * time.Second
	}
	endsAt := askedAt.Add(life)
	return &token{text: NewSecret(made.Token), endsAt: endsAt, renewAt: endsAt.Add(-min(maxMargin, life/5))}, nil
}

var (
	duration = regexp.MustCompile(`^(\d{1,9})([smhd])$`)
	units    = map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
	}
)

// durationOf reads 1h, 15m, 90s; anything else is a minute, the shortest life of a token.
func durationOf(text string) time.Duration {
	parts := duration.FindStringSubmatch(text)
	if parts == nil {
		return time.Minute
	}
	count, err := strconv.Atoi(parts[1])
	if err != nil {
		return time.Minute
	}
	return time.Duration(count) * units[parts[2]]
}
