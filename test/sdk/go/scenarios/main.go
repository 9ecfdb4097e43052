// Command scenarios plays sdks/scenarios.json with the SDK for Go against a live server, through the proxy that cuts. It
// prints a line of JSON for each scenario, and one with the calls that were made.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"sync"
)

type scenario struct {
	Name  string `json:"name"`
	Needs struct {
		Scopes []string       `json:"scopes"`
		Policy map[string]any `json:"policy"`
	} `json:"needs"`
	Steps []step `json:"steps"`
}

// step is one of the four kinds.
type step struct {
	Call    string         `json:"call"`
	With    map[string]any `json:"with"`
	Options map[string]any `json:"options"`
	Using   string         `json:"using"`
	As      string         `json:"as"`
	Expect  any            `json:"expect"`
	Throws  map[string]any `json:"throws"`

	Client    string `json:"client"`
	Retries   *int   `json:"retries"`
	TimeoutMs int    `json:"timeoutMs"`
	URL       string `json:"url"`

	Owner string `json:"owner"`
	Cut   []any  `json:"cut"`
}

type result struct {
	Name  string   `json:"name"`
	OK    bool     `json:"ok"`
	Wrong []string `json:"wrong"`
}

func main() {
	log.SetFlags(0)
	var file struct {
		Scenarios []scenario `json:"scenarios"`
	}
	readJSON(os.Getenv("KANDA_SCENARIOS"), &file)
	var problems []struct{ Code, Class string }
	readJSON(os.Getenv("KANDA_PROBLEMS"), &problems)
	for _, one := range problems {
		codes[one.Class] = one.Code
	}
	at := &stage{
		server: os.Getenv("KANDA_URL"), proxy: os.Getenv("KANDA_PROXY"), control: os.Getenv("KANDA_CONTROL"),
		password: os.Getenv("KANDA_PASSWORD"), token: os.Getenv("KANDA_OWNER_TOKEN"), calls: &calls{},
	}
	out := json.NewEncoder(os.Stdout)
	for _, one := range file.Scenarios {
		wrong := at.play(one)
		if err := out.Encode(result{one.Name, len(wrong) == 0, wrong}); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Encode(map[string]any{"called": at.calls.made}); err != nil {
		log.Fatal(err)
	}
}

func readJSON(path string, into any) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		log.Fatal(fmt.Errorf("%s: %w", path, err))
	}
}

// calls remembers which calls were made.
type calls struct {
	mutex sync.Mutex
	made  []string
}

func (c *calls) RoundTrip(request *http.Request) (*http.Response, error) {
	c.mutex.Lock()
	if name := request.Method + " " + request.URL.EscapedPath(); !slices.Contains(c.made, name) {
		c.made = append(c.made, name)
	}
	c.mutex.Unlock()
	return http.DefaultTransport.RoundTrip(request)
}
