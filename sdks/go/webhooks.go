package kanda

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WebhookTolerance is how old a message of a webhook may be, or ahead of your clock.
const WebhookTolerance = 5 * time.Minute

// WebhookMessage is what a webhook sends.
type WebhookMessage struct {
	// ID is the same for the same event, however often it is sent.
	ID string `json:"-"`
	// Type is what happened, such as client.locked; webhook.test for a test message.
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	// Data is the event as GET /api/logs has it, and its place there. A test message has none of it.
	Data WebhookEvent `json:"data"`
}

// WebhookEvent is an event of the log, in a message of a webhook.
type WebhookEvent struct {
	// Sequence is the event's place in your log.
	Sequence  int64     `json:"sequence"`
	Event     string    `json:"event"`
	Outcome   string    `json:"outcome"`
	Reason    *string   `json:"reason"`
	ClientID  *string   `json:"clientId"`
	Actor     string    `json:"actor"`
	IP        *string   `json:"ip"`
	UserAgent *string   `json:"userAgent"`
	RequestID *string   `json:"requestId"`
	CreatedAt time.Time `json:"createdAt"`
}

// WebhookInvalid is a message that Kanda did not send, or not now: answer 400, and do nothing with it.
type WebhookInvalid struct{ message string }

// Error says what is wrong with it.
func (e *WebhookInvalid) Error() string { return "kanda: " + e.message }

func (e *WebhookInvalid) kandaError() {}

// VerifyWebhook gives the message in a request to your webhook, once it is sure that Kanda sent it. Give the body as it
// came. The secret is whsec_…, as the webhook was made or its secret was turned. The error is a [WebhookInvalid].
func VerifyWebhook(body []byte, header http.Header, secret string) (WebhookMessage, error) {
	return verifyWebhookAt(body, header, secret, time.Now())
}

func verifyWebhookAt(body []byte, header http.Header, secret string, now time.Time) (WebhookMessage, error) {
	id, timestamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	signatures := header.Get("Webhook-Signature")
	if id == "" || timestamp == "" || signatures == "" {
		return WebhookMessage{}, &WebhookInvalid{"a header of the webhook is missing"}
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > WebhookTolerance {
		return WebhookMessage{}, &WebhookInvalid{"webhook-timestamp is too old, or ahead of this clock"}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return WebhookMessage{}, &WebhookInvalid{"the secret is not base64"}
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, one := range strings.Split(signatures, " ") {
		if hmac.Equal([]byte(one), expected) {
			message := WebhookMessage{ID: id}
			if err := json.Unmarshal(body, &message); err != nil {
				return WebhookMessage{}, &WebhookInvalid{"the message is not JSON"}
			}
			return message, nil
		}
	}
	return WebhookMessage{}, &WebhookInvalid{"no signature of the message is of this secret"}
}
