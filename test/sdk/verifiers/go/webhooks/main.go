// What the Go library of Standard Webhooks makes of a message. Input: a JSON object; signature is left out to sign it.
package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type message struct {
	Secret    string `json:"secret"`
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
	Body      string `json:"body"`
	Signature string `json:"signature"`
}

func answer(asked message) (map[string]string, error) {
	webhook, err := standardwebhooks.NewWebhook(asked.Secret)
	if err != nil {
		return nil, err
	}
	if asked.Signature == "" {
		seconds, err := strconv.ParseInt(asked.Timestamp, 10, 64)
		if err != nil {
			return nil, err
		}
		signature, err := webhook.Sign(asked.ID, time.Unix(seconds, 0), []byte(asked.Body))
		return map[string]string{"signature": signature}, err
	}
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, asked.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, asked.Timestamp)
	header.Set(standardwebhooks.HeaderWebhookSignature, asked.Signature)
	if err := webhook.Verify([]byte(asked.Body), header); err != nil {
		return map[string]string{"refused": err.Error()}, nil
	}
	return map[string]string{"taken": asked.ID}, nil
}

func main() {
	var asked message
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	said, err := answer(asked)
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}
