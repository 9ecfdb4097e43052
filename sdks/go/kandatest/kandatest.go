// Package kandatest starts a Kanda for a test, in the manner of net/http/httptest: on a free port, with a store that is
// thrown away and a clock that goes on when the test says so.
//
//	func TestLogin(t *testing.T) {
//		server := kandatest.NewServer(t)
//		// server.URL and server.APIKey are for your application, server.Kanda is a client.
//		phone := server.Phone("user-123")
//		phone.Code()                 // what the phone shows now
//		phone.NextCode()             // what it shows next: the clock goes on
//		server.Advance(time.Hour)    // past a lock, or the end of a token
//	}
package kandatest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kanda.example/kanda"
)

// Server is a Kanda that runs until the test ends.
type Server struct {
	// URL is where it serves.
	URL string
	// APIKey is a test key with every scope.
	APIKey string
	// Kanda is a client with that key.
	Kanda *kanda.Kanda

	t      testing.TB
	client *http.Client
}

// Option is an option of [NewServer].
type Option func(*settings)

type settings struct {
	command []string
	start   time.Duration
}

// Command is how kanda is run, if not as kanda: the program and its first arguments.
func Command(program string, args ...string) Option {
	return func(s *settings) { s.command = append([]string{program}, args...) }
}

// StartTimeout is how long the start may take; a minute unless set.
func StartTimeout(timeout time.Duration) Option { return func(s *settings) { s.start = timeout } }

// NewServer starts a Kanda that is thrown away (kanda serve --test). It stops when the test and its subtests have ended.
// If it does not start, the test fails with what it printed.
func NewServer(t testing.TB, options ...Option) *Server {
	t.Helper()
	chosen := settings{command: []string{"kanda"}, start: time.Minute}
	for _, option := range options {
		option(&chosen)
	}
	said, err := start(t, chosen)
	if err != nil {
		t.Fatalf("Kanda did not start: %v", err)
	}
	client, err := kanda.New(kanda.Options{URL: said.URL, APIKey: said.APIKey})
	if err != nil {
		t.Fatalf("Kanda did not start: %v", err)
	}
	return &Server{
		URL: said.URL, APIKey: said.APIKey, Kanda: client,
		t: t, client: &http.Client{Timeout: 30 * time.Second},
	}
}

// In is the same server for a subtest: what goes wrong fails that one.
func (s *Server) In(t testing.TB) *Server {
	own := *s
	own.t = t
	return &own
}

// Phone is the phone or hardware token of a user whom your application has enrolled. authenticatorID says which one, if
// there are several.
func (s *Server) Phone(clientID string, authenticatorID ...string) *Phone {
	query := url.Values{}
	for _, id := range authenticatorID {
		query.Set("authenticatorId", id)
	}
	return &Phone{server: s, path: "/api/test/clients/" + url.PathEscape(clientID) + "/code?" + query.Encode()}
}

// Now is what the clock of the test half shows.
func (s *Server) Now() time.Time {
	s.t.Helper()
	return s.clock(http.MethodGet, "")
}

// Advance sets the clock forward, by whole seconds, rounded up: past a lock, a token's end, a code's step. It never goes
// back.
func (s *Server) Advance(by time.Duration) time.Time {
	s.t.Helper()
	seconds := (by + time.Second - 1) / time.Second
	return s.clock(http.MethodPost, fmt.Sprintf(`{"advanceSeconds":%d}`, seconds))
}

// DeleteClients deletes all users; the log and the clock stay.
func (s *Server) DeleteClients() {
	s.t.Helper()
	s.call(http.MethodDelete, "/api/test/clients", "", nil)
}

func (s *Server) clock(method, body string) time.Time {
	s.t.Helper()
	var shown struct{ Now time.Time }
	s.call(method, "/api/test/clock", body, &shown)
	return shown.Now
}

// Phone is what a made-up user has.
type Phone struct {
	server *Server
	path   string
}

type shownCode struct {
	Code string
	// StepEndsAt is nil for a hardware token.
	StepEndsAt *time.Time
}

// Code is what it shows now. Nothing is used up by looking.
func (p *Phone) Code() string {
	p.server.t.Helper()
	return p.shown().Code
}

// NextCode is what it shows next: for a phone the clock goes on to the step after this one first.
func (p *Phone) NextCode() string {
	p.server.t.Helper()
	if shown := p.shown(); shown.StepEndsAt != nil {
		p.server.Advance(max(time.Second, shown.StepEndsAt.Sub(p.server.Now())))
	}
	return p.shown().Code
}

func (p *Phone) shown() shownCode {
	p.server.t.Helper()
	var shown shownCode
	p.server.call(http.MethodGet, p.path, "", &shown)
	return shown
}

// call makes a call of test mode, which the client has none of; what is not a success fails the test.
func (s *Server) call(method, path, body string, answer any) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.APIKey)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = errors.New(string(text))
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(text, answer)
	}
	if err != nil {
		s.t.Fatalf("%s %s: %d: %v", method, path, response.StatusCode, err)
	}
}

// stopTimeout is how long Kanda may take to stop.
const stopTimeout = 30 * time.Second

type announced struct{ URL, APIKey string }

// start starts the program, and ends it when the test does.
func start(t testing.TB, chosen settings) (announced, error) {
	arguments := append(chosen.command[1:len(chosen.command):len(chosen.command)], "serve", "--test", "--json")
	command := exec.Command(chosen.command[0], arguments...)
	// A descendant may keep it open after the program has ended.
	command.WaitDelay = 5 * time.Second
	var printed bytes.Buffer
	command.Stderr = &printed
	output, err := command.StdoutPipe()
	if err != nil {
		return announced{}, err
	}
	if err := command.Start(); err != nil {
		return announced{}, err
	}
	first := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		reader := bufio.NewReader(output)
		line, _ := reader.ReadString('\n')
		first <- line
		// To its end, so that it never waits.
		_, _ = io.Copy(io.Discard, reader)
	}()
	end := func() {
		t.Helper()
		if command.Process.Signal(os.Interrupt) != nil {
			_ = command.Process.Kill()
		}
		kill := time.AfterFunc(stopTimeout, func() { _ = command.Process.Kill() })
		// It closes this end of the output, so that reading ends, too: a descendant may keep the other end open for ever.
		err := command.Wait()
		<-read
		if !kill.Stop() {
			t.Errorf("Kanda did not stop within %v of an interrupt, and was killed.\n%s", stopTimeout, printed.String())
		} else if errors.Is(err, exec.ErrWaitDelay) {
			t.Logf("Kanda has stopped, but a process that it started holds its output open.")
		}
	}
	var said announced
	select {
	case line := <-first:
		err := json.Unmarshal([]byte(line), &said)
		if err == nil && said.URL != "" && said.APIKey != "" {
			t.Cleanup(end)
			return said, nil
		}
		end()
		return announced{}, fmt.Errorf("this is not what kanda serve --test --json prints: %q\n%s", line, printed.String())
	case <-time.After(chosen.start):
		end()
		return announced{}, fmt.Errorf("it said nothing within %v\n%s", chosen.start, printed.String())
	}
}
