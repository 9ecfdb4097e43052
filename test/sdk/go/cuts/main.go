// Command cuts checks a right code of each of a thousand users through a proxy that cuts connections, eight at a time. It
// reads the users from standard input, and prints those whose code was not accepted.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sync"

	"kanda.example/kanda"
	"kanda.example/kanda-tests/otp"
)

type user struct {
	ClientID string `json:"clientId"`
	Secret   string `json:"secret"`
}

func main() {
	log.SetFlags(0)
	var users []user
	if err := json.NewDecoder(os.Stdin).Decode(&users); err != nil {
		log.Fatal(err)
	}
	// Ten tries fail by chance once in ten million calls.
	k, err := kanda.New(kanda.Options{URL: os.Getenv("KANDA_PROXY"), APIKey: os.Getenv("KANDA_API_KEY"), Retries: 10})
	if err != nil {
		log.Fatal(err)
	}
	var callers sync.WaitGroup
	waiting, refused := make(chan user), make(chan string, len(users))
	for range 8 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for one := range waiting {
				if wrong := check(k, one); wrong != "" {
					refused <- one.ClientID + ": " + wrong
				}
			}
		}()
	}
	for _, one := range users {
		waiting <- one
	}
	close(waiting)
	callers.Wait()
	close(refused)
	found := []string{}
	for one := range refused {
		found = append(found, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

func check(k *kanda.Kanda, one user) string {
	code, err := otp.Code(one.Secret, otp.Now())
	if err != nil {
		return err.Error()
	}
	verdict, err := k.Validate(context.Background(), kanda.ShownFactor{ClientID: one.ClientID, Token: code})
	if err != nil {
		return err.Error()
	}
	if !kanda.IsValid(verdict) {
		return fmt.Sprintf("%+v", verdict)
	}
	return ""
}
