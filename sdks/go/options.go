package kanda

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// NoRetries is the value of [Options].Retries with which each call is sent once.
const NoRetries = -1

// Options are what a [Kanda] is made with.
type Options struct {
	// URL is where Kanda is, such as https://kanda.example.com; a path is kept.
	URL string
	// APIKey is an API key (kan_…). It belongs on a server.
	APIKey string
	// Timeout is how long one try may take until the whole answer is there; 10 seconds unless set.
	Timeout time.Duration
	// Retries is how many more times a call is sent when no answer came or Kanda asks for patience, at most 20; 3 unless
	// set, and NoRetries for none.
	Retries int
	// MaxRetryAfter is the longest Retry-After that is waited for; 10 seconds unless set.
	MaxRetryAfter time.Duration
	// HTTPClient sends the requests; unless set, one of the package's own. Redirects are not followed in any case.
	HTTPClient *http.Client
}

// settings are the options, checked and with their defaults.
type settings struct {
	// baseURL has no slash at its end.
	baseURL       string
	apiKey        Secret
	timeout       time.Duration
	retries       int
	maxRetryAfter time.Duration
	client        *http.Client
}

var apiKeyForm = regexp.MustCompile(`^kan_[\x21-\x7e]+$`)

func (o Options) read() (settings, error) {
	if !apiKeyForm.MatchString(o.APIKey) {
		return settings{}, invalid(`APIKey must be an API key of Kanda: text that begins with "kan_".`)
	}
	if o.Retries < NoRetries || o.Retries > 20 {
		return settings{}, invalid("Retries must be from 0 to 20, or NoRetries.")
	}
	if o.Timeout < 0 || o.MaxRetryAfter < 0 {
		return settings{}, invalid("Timeout and MaxRetryAfter must not be negative.")
	}
	baseURL, err := baseURLOf(o.URL)
	if err != nil {
		return settings{}, err
	}
	read := settings{
		baseURL:       baseURL,
		apiKey:        NewSecret(o.APIKey),
		timeout:       orDefault(o.Timeout, 10*time.Second),
		retries:       max(0, orDefault(o.Retries, 3)),
		maxRetryAfter: orDefault(o.MaxRetryAfter, 10*time.Second),
		client:        clientOf(o.HTTPClient),
	}
	return read, nil
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func baseURLOf(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", invalid(`URL must be where Kanda is, such as "https://kanda.example.com".`)
	}
	if parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" {
		return "", invalid("URL must have neither credentials nor a query nor a fragment.")
	}
	return strings.TrimRight(parsed.Scheme+"://"+parsed.Host+parsed.EscapedPath(), "/"), nil
}

// clientOf is a client that follows no redirect: one that is followed would carry the bearer to wherever it leads.
func clientOf(given *http.Client) *http.Client {
	client := http.Client{}
	if given != nil {
		client = *given
	} else if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		transport := standard.Clone()
		// All calls go to one host, which may otherwise keep two connections.
		transport.MaxIdleConnsPerHost = 64
		client.Transport = transport
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// CallOption changes one call.
type CallOption func(*callSettings)

type callSettings struct {
	idempotencyKey *string
	timeout        time.Duration
}

// WithIdempotencyKey sets the key of one intent, the same in all its tries: 1 to 255 printable ASCII characters. Make
// one for each form that you show, and send it back with the form: a second click then gets the first one's answer.
// Without it each call has a random one.
func WithIdempotencyKey(key string) CallOption {
	return func(c *callSettings) { c.idempotencyKey = &key }
}

// WithTimeout sets how long a try of this call may take, in place of [Options].Timeout.
func WithTimeout(timeout time.Duration) CallOption {
	return func(c *callSettings) { c.timeout = timeout }
}

var keyForm = regexp.MustCompile(`^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$`)

// readCallOptions gives the key too, also where none was set.
func readCallOptions(options []CallOption, timeout time.Duration) (key string, _ time.Duration, _ error) {
	set := callSettings{timeout: timeout}
	for _, option := range options {
		option(&set)
	}
	if set.timeout <= 0 {
		return "", 0, invalid("The time-out of a call must be more than nothing.")
	}
	if set.idempotencyKey == nil {
		return randomUUID(), set.timeout, nil
	}
	if !keyForm.MatchString(*set.idempotencyKey) {
		return "", 0, invalid(
			"The Idempotency-Key must be 1 to 255 printable ASCII characters, with no space at an end.")
	}
	return *set.idempotencyKey, set.timeout, nil
}

// randomUUID is a UUID of version 4 (RFC 9562 §5.4).
func randomUUID() string {
	var made [16]byte
	if _, err := rand.Read(made[:]); err != nil {
		panic(err) // Without randomness two calls could have one key.
	}
	made[6] = made[6]&0x0f | 0x40
	made[8] = made[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", made[:4], made[4:6], made[6:8], made[8:10], made[10:])
}
