package kanda

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The forms of scenarios.json, which the SDKs of all languages answer alike.
func TestForms(t *testing.T) {
	var file struct {
		Forms []struct {
			Name, Form, Page, Shown, Error string
			With                           map[string]any
			SignedIn                       *bool
			Asks                           map[string]any
			Waited                         json.RawMessage
		}
	}
	text, err := os.ReadFile("../scenarios.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Forms) < 30 {
		t.Fatal(len(file.Forms), err)
	}
	paths := map[string]string{"recoveryCodes": "/recovery-codes", "turnOff": ""}
	for _, one := range file.Forms {
		t.Run(one.Name, func(t *testing.T) {
			s := openShop(t)
			var asked []map[string]any
			s.kanda.Config.Handler = noteBodies(s.kanda.Config.Handler, &asked)
			if one.Shown == "code" {
				s.send("one", "/challenge", code)
			}
			asked = nil
			s.kanda.answers = []planned{enrolled}
			if one.Form == "confirm" {
				s.kanda.answers = []planned{{body: `{"confirmed":true,"authenticatorId":"a"}`}}
			} else if one.Form == "challenge" {
				s.kanda.answers = nil
			}
			sent := map[string]any{"page": s.page("one")}
			for name, value := range one.With {
				sent[name] = value
			}
			if one.Page != "" {
				sent["page"] = one.Page
			}
			path, ok := paths[one.Form]
			if !ok {
				path = "/" + one.Form
			}
			method := http.MethodPost
			if path == "" {
				method = http.MethodDelete
			}
			if one.SignedIn != nil {
				s.noOne = !*one.SignedIn
			}
			if one.Waited != nil {
				s.user.SignedInAt = signedInAt(t, s.now, one.Waited)
			}
			said, _ := s.call(s.request(ctx, "one", method, "/2fa"+path, sent))["error"].(string)
			if said != one.Error || (one.Asks == nil) != (len(asked) == 0) {
				t.Fatalf("%q, after %v", said, asked)
			}
			for name, value := range one.Asks {
				if !reflect.DeepEqual(asked[0][name], value) {
					t.Errorf("%s is %#v", name, asked[0][name])
				}
			}
		})
	}
}

// signedInAt is the time of a log-in that has waited this many seconds; the zero time for null.
func signedInAt(t *testing.T, now time.Time, waited json.RawMessage) time.Time {
	var seconds *int
	if err := json.Unmarshal(waited, &seconds); err != nil {
		t.Fatal(err)
	}
	if seconds == nil {
		return time.Time{}
	}
	return now.Add(-time.Duration(*seconds) * time.Second)
}

// noteBodies notes what Kanda is sent, besides the exchange of the key.
func noteBodies(next http.Handler, asked *[]map[string]any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var body map[string]any
		if _ = json.Unmarshal(text, &body); !strings.HasSuffix(r.URL.Path, "/auth/token") {
			*asked = append(*asked, body)
		}
		next.ServeHTTP(w, r)
	})
}
