package kanda

import (
	"slices"
	"time"
)

// TwoFactor is whether a user has two-factor login, in your records.
type TwoFactor string

const (
	// TwoFactorOff is the value of a user who never turned it on.
	TwoFactorOff TwoFactor = "off"
	// TwoFactorOn is the value after a first code was right.
	TwoFactorOn TwoFactor = "on"
	// TwoFactorEnding is off, and the secret may still be with Kanda: the next enrolment replaces it.
	TwoFactorEnding TwoFactor = "ending"
)

// SecondFactorUser is the application's user whom the first factor named.
type SecondFactorUser struct {
	ClientID string
	// Label is what the authenticator app shows, such as the e-mail address.
	Label string
	// TwoFactor is what OnChange got last, and off before. Unless set, the user is taken to have it on.
	TwoFactor TwoFactor
	// TwoFactorEndedAt is when two-factor login was last turned off: the time of OnChange with TwoFactorEnding or
	// TwoFactorOff. What any session showed or began at or before then counts no more. Without it, what someone showed who
	// knows the password and had a phone of their own counts again once the user turns it on. The zero time: never.
	TwoFactorEndedAt time.Time
	// SignedInAt is when the first factor was shown: keep it in the session. A user who has two-factor login on and shows
	// no code within HalfOpen is not signed in any more. The zero time, as of a session from before you kept it, is too
	// long ago: its user logs in again, unless it has shown a code.
	SignedInAt time.Time
	// LoginID is any text that changes with each log-in: a second factor that was shown counts in its log-in alone. Unless
	// set, a log-out must begin a new session.
	LoginID string
}

// isOn is true without a record of the application's: then it is asked of everyone.
func (u SecondFactorUser) isOn() bool { return u.TwoFactor == "" || u.TwoFactor == TwoFactorOn }

// SecondFactorState is what a session of your application keeps of a user's second factor. It is plain JSON, so any
// session can hold it that the browser cannot write. The zero state has shown nothing.
type SecondFactorState struct {
	// ClientID is whose it is: a session that another user takes over has shown nothing.
	ClientID string `json:"clientId"`
	LoginID  string `json:"loginId,omitempty"`
	// At is when the form came whose code Kanda accepted last; the zero time: never in this session.
	At time.Time `json:"at"`
	// Method is how the user showed it: totp, hotp or recovery_code.
	Method string `json:"method"`
	// Pages are the forms that were shown and may come back.
	Pages []ShownPage `json:"pages"`
	// Accepted is what was accepted while its form may come again: that makes nothing younger.
	Accepted []AcceptedForm `json:"accepted"`
	// Begun is the enrolment that this session has begun last.
	Begun *BegunEnrolment `json:"begun,omitempty"`
}

// ShownPage is the key of a form that was shown.
type ShownPage struct {
	Key     string    `json:"key"`
	ShownAt time.Time `json:"shownAt"`
}

// AcceptedForm is the Idempotency-Key of a form that was accepted, and when that came first.
type AcceptedForm struct {
	Key string    `json:"key"`
	At  time.Time `json:"at"`
}

// BegunEnrolment is an enrolment, and the form that began it.
type BegunEnrolment struct {
	AuthenticatorID string `json:"authenticatorId"`
	Page            string `json:"page"`
	Confirmed       bool   `json:"confirmed,omitempty"`
	// At is when the form came that began or confirmed it.
	At time.Time `json:"at"`
}

const (
	methodRecoveryCode = "recovery_code"
	// maxPages is how many forms may be open at once, such as in several tabs.
	maxPages = 8
	pageLife = time.Hour
)

var allMethods = []string{"totp", "hotp", methodRecoveryCode}

// phones is what is not a recovery code, which shows that the phone is lost.
var phones = []string{"totp", "hotp"}

// of is the state of this user in this log-in, since two-factor login was last turned off; one of another user or log-in
// is empty.
func (s SecondFactorState) of(user SecondFactorUser) SecondFactorState {
	if s.ClientID != user.ClientID || s.LoginID != user.LoginID {
		return SecondFactorState{ClientID: user.ClientID, LoginID: user.LoginID}
	}
	if user.TwoFactorEndedAt.IsZero() {
		return s
	}
	return s.after(user.TwoFactorEndedAt)
}

// after is what of it is younger than end. A form that was shown before does not come back either: Kanda may have kept a
// good answer for it.
func (s SecondFactorState) after(end time.Time) SecondFactorState {
	if !s.At.After(end) {
		s.At, s.Method = time.Time{}, ""
	}
	s.Accepted = slices.DeleteFunc(slices.Clone(s.Accepted), func(one AcceptedForm) bool { return !one.At.After(end) })
	if s.Begun != nil && !s.Begun.At.After(end) {
		s.Begun = nil
	}
	s.Pages = slices.DeleteFunc(slices.Clone(s.Pages), func(one ShownPage) bool { return !one.ShownAt.After(end) })
	return s
}

func (s *SecondFactorState) addPage(key string, now time.Time) {
	pages := append(slices.Clone(s.Pages), ShownPage{key, now})
	s.Pages = pages[max(0, len(pages)-maxPages):]
}

// showedPage is whether this session showed that form, within the last hour.
func (s SecondFactorState) showedPage(key string, now time.Time) bool {
	return slices.ContainsFunc(s.Pages, func(one ShownPage) bool {
		return one.Key == key && now.Sub(one.ShownAt) < pageLife
	})
}

func (s SecondFactorState) hasAccepted(key string) bool {
	return slices.ContainsFunc(s.Accepted, func(one AcceptedForm) bool { return one.Key == key })
}

// accept keeps that Kanda accepted what was sent with this Idempotency-Key; not anew for a form that came again.
func (s *SecondFactorState) accept(key, method string, now time.Time) {
	if s.hasAccepted(key) {
		return
	}
	// By age and not by count: a form that may come again must find its own. It was shown before it was accepted.
	live := slices.DeleteFunc(slices.Clone(s.Accepted), func(one AcceptedForm) bool { return now.Sub(one.At) >= pageLife })
	s.At, s.Method, s.Accepted = now, method, append(live, AcceptedForm{key, now})
}

func (s SecondFactorState) hasConfirmed(authenticatorID string) bool {
	return s.Begun != nil && s.Begun.Confirmed && s.Begun.AuthenticatorID == authenticatorID
}

// Requirement is what a request must have shown before it goes on.
type Requirement struct {
	// IfOn lets users through whose TwoFactor is not on.
	IfOn bool
	// MaxAge is how long ago a code was accepted, at most; any time in this session unless set.
	MaxAge time.Duration
	// Methods are the accepted ways, of totp, hotp and recovery_code; these three unless set.
	Methods []string
}

// fulfils is false for a time in the future too: the clock was set back, and nothing is known of its age.
func (s SecondFactorState) fulfils(required Requirement, now time.Time) bool {
	methods := required.Methods
	if methods == nil {
		methods = allMethods
	}
	if s.At.IsZero() || !slices.Contains(methods, s.Method) {
		return false
	}
	age := now.Sub(s.At)
	return required.MaxAge == 0 || (age >= 0 && age <= required.MaxAge)
}
