// What the SDK makes of a message of a webhook. Input: a JSON object.
package main

import (
	"encoding/json"
	"net/http"
	"os"

	"kanda.example/kanda"
)

func main() {
	var asked struct{ Secret, ID, Timestamp, Body, Signature string }
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		panic(err)
	}
	header := http.Header{}
	header.Set("webhook-id", asked.ID)
	header.Set("webhook-timestamp", asked.Timestamp)
	header.Set("webhook-signature", asked.Signature)
	said := map[string]string{}
	if message, err := kanda.VerifyWebhook([]byte(asked.Body), header, asked.Secret); err != nil {
		said["refused"] = err.Error()
	} else {
		said["taken"] = message.ID
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}
