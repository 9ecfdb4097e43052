package kandatest

import (
	"testing"
	"time"
)

// Seen to hang until the descendant ended, when the output was read to its end first.
func TestADescendantThatHoldsTheOutputOpen(t *testing.T) {
	program := `sleep 60 & echo '{"url":"http://127.0.0.1:9","apiKey":"kan_test_x"}'; exec sleep 300`
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.Run("a test", func(t *testing.T) { NewServer(t, Command("sh", "-c", program)) })
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it waits for a process that is not Kanda")
	}
}

func TestAProgramThatSaysNothing(t *testing.T) {
	_, err := start(t, settings{command: []string{"sh", "-c", "exec sleep 300"}, start: 100 * time.Millisecond})
	if err == nil || err.Error() != "it said nothing within 100ms\n" {
		t.Error(err)
	}
}
