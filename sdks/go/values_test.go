package kanda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const hidden = "JBSWY3DPEHPK3PXP"

// A secret as it may get into a log: alone, by pointer, in fields that are exported or not, in lists and maps.
func TestASecretDoesNotPrint(t *testing.T) {
	secret := NewSecret(hidden)
	type session struct {
		Shown    Secret
		kept     Secret
		byPlace  *Secret
		inList   []Secret
		inMap    map[string]Secret
		whatever any
	}
	whole := session{secret, secret, &secret, []Secret{secret}, map[string]Secret{"a": secret}, secret}
	enrolment := Enrolment{Secret: secret, OTPAuthURL: secret, QRDataURL: secret}
	var printed strings.Builder
	for _, value := range []any{secret, &secret, whole, &whole, enrolment, []any{secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10v", "%p"} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(text)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
			slog.New(handler).Info("a user", "value", value)
		}
		if err := template.Must(template.New("").Parse("<p>{{.}}</p>")).Execute(&printed, value); err != nil {
			t.Fatal(err)
		}
	}
	text := printed.String()
	for _, leak := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprint([]byte(hidden))} {
		if strings.Contains(text, leak) {
			t.Errorf("it printed %s", leak)
		}
	}
	if strings.Count(text, redacted) < 60 || fmt.Sprint(secret) != redacted || secret.GoString() != redacted {
		t.Errorf("it printed %s", text)
	}
	if secret.Reveal() != hidden || !(Secret{}).IsZero() || (Secret{}).Reveal() != "" {
		t.Error("it was lost")
	}
}

func TestTheClientDoesNotPrintItsKey(t *testing.T) {
	k := serve(t).kanda()
	if _, err := k.Validate(ctx, shown); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "%v %+v %#v %+v %+v", k, k, k, k.transport.settings, *k.transport.tokens.kept)
	if strings.Contains(text.String(), "kan_test") || strings.Contains(text.String(), "token-1") {
		t.Error(text.String())
	}
}

func TestSecretsAreReadFromAnswers(t *testing.T) {
	s := serve(t, planned{status: 201, body: `{"clientId":"a","secret":"S","otpauthUrl":"U","qrDataUrl":null}`},
		planned{status: 201, body: `{"codes":["x","y"],"generation":1}`})
	made, err := s.kanda().Register(ctx, Registration{ClientID: "a"})
	if err != nil || made.Secret.Reveal() != "S" || made.OTPAuthURL.Reveal() != "U" || !made.QRDataURL.IsZero() {
		t.Fatalf("%+v, %v", made, err)
	}
	codes, err := s.kanda().RecoveryCodes.Create(ctx, "a", NewRecoveryCodes{})
	if err != nil || len(codes.Codes) != 2 || codes.Codes[1].Reveal() != "y" {
		t.Fatalf("%+v, %v", codes, err)
	}
}

func TestIdsAreOnePartOfAPath(t *testing.T) {
	for id, expected := range map[string]string{
		"a/../b": "/x/a%2F..%2Fb", "%2e%2e": "/x/%252e%252e", "a?b#c": "/x/a%3Fb%23c", "山田 太郎": "/x/%E5%B1%B1%E7%94%B0%20%E5%A4%AA%E9%83%8E",
	} {
		if found, err := path("/x/{}", id); err != nil || found != expected {
			t.Errorf("%s: %s, %v", id, found, err)
		}
	}
	for _, id := range []string{"", ".", "..", "a\xff"} {
		_, err := path("/x/{}/y", id)
		if refused := (*InvalidArgument)(nil); !errors.As(err, &refused) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if found, err := path("/x/{}/{}", "{}", "b"); err != nil || found != "/x/%7B%7D/b" {
		t.Errorf("%s, %v", found, err)
	}
}

func TestArgumentsThatAreRefused(t *testing.T) {
	s := serve(t)
	var refused *InvalidArgument
	for _, options := range []Options{
		{}, {URL: s.URL}, {URL: s.URL, APIKey: "secret"}, {URL: s.URL, APIKey: "kan_a b"}, {APIKey: "kan_a"},
		{URL: "ftp://a", APIKey: "kan_a"}, {URL: "https://", APIKey: "kan_a"}, {URL: "https://a:b@c", APIKey: "kan_a"},
		{URL: "https://a?b", APIKey: "kan_a"}, {URL: "https://a#b", APIKey: "kan_a"},
		{URL: s.URL, APIKey: "kan_a", Retries: 21}, {URL: s.URL, APIKey: "kan_a", Retries: -2},
		{URL: s.URL, APIKey: "kan_a", Timeout: -1}, {URL: s.URL, APIKey: "kan_a", MaxRetryAfter: -1},
	} {
		if _, err := New(options); !errors.As(err, &refused) {
			t.Errorf("%+v: %v", options, err)
		}
	}
	for _, option := range []CallOption{
		WithIdempotencyKey(""), WithIdempotencyKey("ключ"), WithIdempotencyKey(" a"), WithIdempotencyKey("a\n"),
		WithIdempotencyKey(strings.Repeat("a", 256)), WithTimeout(0), WithTimeout(-1),
	} {
		if _, err := s.kanda().Validate(ctx, shown, option); !errors.As(err, &refused) {
			t.Error(err)
		}
	}
	if _, err := s.kanda().Validate(ctx, ShownFactor{ClientID: "a\xff"}); !errors.As(err, &refused) {
		t.Error("a byte that is not UTF-8 would be another user's id: ", err)
	}
	if s.count() != 0 {
		t.Error("something was sent")
	}
	if _, err := s.kanda().Validate(ctx, ShownFactor{ClientID: `a\ufffd � \\`}); err != nil {
		t.Error(err)
	}
}

func TestDelays(t *testing.T) {
	after := 7 * time.Second
	for _, one := range []struct {
		failed   int
		after    *time.Duration
		random   float64
		expected time.Duration
	}{
		{1, nil, 0, 250 * time.Millisecond}, {1, nil, 1, 125 * time.Millisecond}, {3, nil, 0, time.Second},
		{9, nil, 0, 4 * time.Second}, {20, nil, 1, 2 * time.Second}, {1, &after, 0, after},
	} {
		if found := delay(one.failed, one.after, one.random); found != one.expected {
			t.Errorf("%+v: %v", one, found)
		}
	}
}

func TestChangesOfAnAuthenticator(t *testing.T) {
	for expected, change := range map[string]AuthenticatorChange{
		`{}`: {}, `{"name":"a"}`: {Name: "a"}, `{"name":null}`: {RemoveName: true}, `{"drift":0}`: {ForgetDrift: true},
	} {
		if found, err := json.Marshal(change); err != nil || string(found) != expected {
			t.Errorf("%s, %v", found, err)
		}
	}
}

func TestFiltersAreAQuery(t *testing.T) {
	weak := false
	if found := (ClientFilter{Q: "a&b", Weak: &weak, Limit: 5}).values().Encode(); found != "limit=5&q=a%26b&weak=false" {
		t.Error(found)
	}
	from := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if found := (EventFilter{From: from}).values().Encode(); found != "from=2026-01-02T03%3A04%3A05Z" {
		t.Error(found)
	}
}
