// Package kanda is the client of a Kanda server: two-factor codes (TOTP) for your application.
//
// Make one [Kanda] and keep it: it holds the token that the API key is exchanged for, and may be used by many
// goroutines at once. Every call that changes something sends an Idempotency-Key, the same in all its tries, so that a
// retry never uses up a code. A wrong code is an answer ([Verdict]) and never an error.
//
// Errors are inspected with errors.Is and errors.As:
//
//	verdict, err := k.Validate(ctx, kanda.ShownFactor{ClientID: id, Token: code})
//	var unknown *kanda.OutcomeUnknown
//	switch {
//	case errors.As(err, &unknown):
//		// No answer, and the code may be used up: ask for the next one.
//	case errors.Is(err, kanda.ErrClientNotFound):
//		// The user never turned two-factor login on.
//	case err != nil:
//		// Not reached, or refused for another reason: for your log.
//	case kanda.IsValid(verdict):
//		// The user is let in.
//	}
package kanda

// Version is the version of this package.
const Version = "0.1.0"

// userAgent is how the package introduces itself: Kanda's log has it with each event.
const userAgent = "kanda-sdk-go/" + Version
