package kanda

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// The example of Standard Webhooks.
const (
	vectorSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorBody   = `{"test": 2432232314}`
)

func vectorHeader() http.Header {
	header := http.Header{}
	header.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	header.Set("webhook-timestamp", "1614265330")
	header.Set("webhook-signature", "v1,bm9uZQ== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	return header
}

func TestVerifyWebhook(t *testing.T) {
	now := time.Unix(1614265330, 0)
	if _, err := verifyWebhookAt([]byte(vectorBody), vectorHeader(), vectorSecret, now); err != nil {
		t.Fatalf("the example was refused: %v", err)
	}
	for name, verify := range map[string]func() error{
		"another body": func() error {
			_, err := verifyWebhookAt([]byte(`{"test": 2432232315}`), vectorHeader(), vectorSecret, now)
			return err
		},
		"another secret": func() error {
			_, err := verifyWebhookAt([]byte(vectorBody), vectorHeader(), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now)
			return err
		},
		"an old message": func() error {
			_, err := verifyWebhookAt([]byte(vectorBody), vectorHeader(), vectorSecret, now.Add(WebhookTolerance+time.Second))
			return err
		},
		"a message of the future": func() error {
			_, err := verifyWebhookAt([]byte(vectorBody), vectorHeader(), vectorSecret, now.Add(-WebhookTolerance-time.Second))
			return err
		},
		"another id": func() error {
			header := vectorHeader()
			header.Set("webhook-id", "msg_another")
			_, err := verifyWebhookAt([]byte(vectorBody), header, vectorSecret, now)
			return err
		},
		"no signature": func() error {
			header := vectorHeader()
			header.Del("webhook-signature")
			_, err := verifyWebhookAt([]byte(vectorBody), header, vectorSecret, now)
			return err
		},
	} {
		var invalid *WebhookInvalid
		if err := verify(); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
