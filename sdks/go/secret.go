package kanda

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not get into a log. It prints as [redacted] with every verb of fmt, as JSON, in templates
// and in slog, also as a field of another value. Only Reveal gives it away, so that a search for that word finds each
// place that does. The zero Secret is empty.
type Secret struct {
	// A function and not the text: fmt prints the unexported fields of other packages' values without asking them.
	reveal func() string
}

// NewSecret is a Secret with this text.
func NewSecret(text string) Secret {
	return Secret{reveal: func() string { return text }}
}

// Reveal is the text itself: to show it to the user whom it belongs to, once. Empty if there is none.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero is whether there is no text.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// String is [redacted].
func (s Secret) String() string { return redacted }

// GoString is [redacted].
func (s Secret) GoString() string { return redacted }

// Format prints [redacted], whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, redacted) }

// LogValue is [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText gives [redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// UnmarshalJSON takes text, or null for none.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*s = Secret{}
	if text != nil {
		*s = NewSecret(*text)
	}
	return nil
}
