package kanda

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// SecondFactorOptions are what a [SecondFactor] is made with.
type SecondFactorOptions struct {
	Kanda *Kanda
	// Issuer is what the authenticator app shows as the name of your application.
	Issuer string
	// User is who is signed in with the first factor; nil: no one.
	User func(r *http.Request) *SecondFactorUser
	// Session calls change with what the session of this request keeps, and keeps what change leaves there. Two calls for
	// one session must follow each other, such as under a lock or in a transaction; Kanda is never asked meanwhile.
	Session func(r *http.Request, change func(kept *SecondFactorState))
	// OnChange is called when an authenticator was confirmed or two-factor login turned off: keep it with the user. With
	// TwoFactorEnding and TwoFactorOff keep the time, too, for TwoFactorEndedAt of the user. TwoFactorOff may come late,
	// when another session has turned it on again: set it only where your record is TwoFactorEnding.
	OnChange func(r *http.Request, user SecondFactorUser, twoFactor TwoFactor) error
	// OnError is called with what made an answer a 503 or 500, or left a secret behind, for your log.
	OnError func(r *http.Request, err error)
	// Recent is how old a code may be for recovery codes, a further phone, and to turn it off; 5 minutes unless set.
	Recent time.Duration
	// HalfOpen is how long a log-in may wait for its code, after SignedInAt; 15 minutes unless set.
	HalfOpen time.Duration
	// Now is the clock; time.Now unless set.
	Now func() time.Time
}

// SecondFactor is the second factor of an application: the routes that its pages need, and what lets requests through.
// Whether a code is right, used or locked is Kanda's to say, in the one call that each form makes; the session only keeps
// when that was.
type SecondFactor struct {
	options SecondFactorOptions
	recent  Requirement
}

// NewSecondFactor gives InvalidArgument without Kanda, User and Session, as it could then protect nothing.
func NewSecondFactor(options SecondFactorOptions) (*SecondFactor, error) {
	if options.Kanda == nil || options.User == nil || options.Session == nil {
		return nil, invalid("a SecondFactor needs Kanda, User and Session.")
	}
	if options.Recent < 0 || options.HalfOpen < 0 {
		return nil, invalid("Recent and HalfOpen must not be negative.")
	}
	if options.Recent == 0 {
		options.Recent = 5 * time.Minute
	}
	if options.HalfOpen == 0 {
		options.HalfOpen = 15 * time.Minute
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &SecondFactor{options, Requirement{MaxAge: options.Recent, Methods: phones}}, nil
}

// Route registers the routes under a path such as /two-factor: GET …/page, POST …/challenge, …/enrol, …/confirm and
// …/recovery-codes, and DELETE of the path itself.
func (s *SecondFactor) Route(mux *http.ServeMux, path string) {
	mux.HandleFunc("GET "+path+"/page", s.page)
	mux.HandleFunc("POST "+path+"/challenge", s.form(s.challenge))
	mux.HandleFunc("POST "+path+"/enrol", s.form(s.enrol))
	mux.HandleFunc("POST "+path+"/confirm", s.form(s.confirm))
	mux.HandleFunc("POST "+path+"/recovery-codes", s.form(s.recoveryCodes))
	mux.HandleFunc("DELETE "+path, s.turnOff)
}

// Require is middleware that lets only those requests through whose session has what is required; the others get 401
// {"error":"not_signed_in"} or 403 {"error":"second_factor_required"}.
func (s *SecondFactor) Require(required Requirement) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, state := s.visitor(r)
			switch {
			case user == nil:
				s.send(w, r, nil, refused{code: "not_signed_in"})
			case (required.IfOn && !user.isOn()) || state.fulfils(required, s.options.Now()):
				next.ServeHTTP(w, r)
			default:
				s.send(w, r, nil, refused{code: "second_factor_required"})
			}
		})
	}
}

// Next is what this log-in needs next: sign_in, code, enrol (after a recovery code) or done. It is for the answer to a
// password, and for which page to show.
func (s *SecondFactor) Next(r *http.Request) string {
	user, state := s.visitor(r)
	switch {
	case user == nil:
		return "sign_in"
	case !user.isOn() || state.fulfils(Requirement{Methods: phones}, s.options.Now()):
		return "done"
	case state.Method == methodRecoveryCode:
		return "enrol"
	default:
		return "code"
	}
}

// fields are what a form sent, as JSON has it: by their exact names, and of any kind.
type fields map[string]any

// text is a field that is text; empty: it is absent, or something else.
func (f fields) text(name string) string {
	text, _ := f[name].(string)
	return text
}

// visit is one form of a page, by a user who is signed in.
type visit struct {
	// r does not end when the browser goes away: what Kanda has done meanwhile must come into session and record.
	r *http.Request
	// at is when the form came. What it shows is as old as that: two-factor login may be turned off while Kanda is asked.
	at    time.Time
	user  SecondFactorUser
	state SecondFactorState
	sent  fields
}

type reply map[string]any

// key is the Idempotency-Key: the same for a form that comes again, and another for another input. The page's key is known
// to its session alone, so no one else gets the answer that is kept under this.
func (v *visit) key(purpose string, shown ...string) CallOption {
	return WithIdempotencyKey(v.keyText(purpose, shown...))
}

func (v *visit) keyText(purpose string, shown ...string) string {
	parts, _ := json.Marshal([]any{purpose, v.user.ClientID, v.sent.text("page"), shown})
	sum := sha256.Sum256(parts)
	return hex.EncodeToString(sum[:])
}

// visitor is who asks; nil: no one, or someone whose log-in has waited too long for its code.
func (s *SecondFactor) visitor(r *http.Request) (*SecondFactorUser, SecondFactorState) {
	user := s.options.User(r)
	if user == nil {
		return nil, SecondFactorState{}
	}
	now, state := s.options.Now(), s.read(r, *user)
	tooOld := now.Sub(user.SignedInAt) > s.options.HalfOpen
	if tooOld && user.isOn() && !state.fulfils(Requirement{Methods: phones}, now) {
		return nil, SecondFactorState{}
	}
	return user, state
}

func (s *SecondFactor) read(r *http.Request, user SecondFactorUser) (found SecondFactorState) {
	s.options.Session(r, func(kept *SecondFactorState) { found = kept.of(user) })
	return found
}

// update changes what the session keeps now: another request may have changed it while Kanda was asked.
func (s *SecondFactor) update(v *visit, change func(*SecondFactorState)) {
	s.options.Session(v.r, func(kept *SecondFactorState) {
		state := kept.of(v.user)
		change(&state)
		*kept = state
	})
}

func (s *SecondFactor) page(w http.ResponseWriter, r *http.Request) {
	user, _ := s.visitor(r)
	if user == nil {
		s.send(w, r, nil, refused{code: "not_signed_in"})
		return
	}
	made := make([]byte, 16)
	if _, err := rand.Read(made); err != nil {
		panic(err) // no randomness, no security
	}
	key := hex.EncodeToString(made)
	s.update(&visit{r: r, user: *user}, func(state *SecondFactorState) { state.addPage(key, s.options.Now()) })
	s.send(w, r, reply{"page": key}, nil)
}

// form carries out a form that this session showed within the last hour.
func (s *SecondFactor) form(work func(*visit) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, state := s.visitor(r)
		if user == nil {
			s.send(w, r, nil, refused{code: "not_signed_in"})
			return
		}
		r = r.WithContext(context.WithoutCancel(r.Context()))
		v := &visit{r: r, at: s.options.Now(), user: *user, state: state}
		v.sent = fieldsOf(w, r)
		if !state.showedPage(v.sent.text("page"), s.options.Now()) {
			s.send(w, r, nil, refused{code: "page_expired"})
			return
		}
		said, err := work(v)
		s.send(w, r, said, err)
	}
}

// fieldsOf is what a form sent; nothing where it is not JSON of JSON's own type: a browser sends text of other types, and
// bytes of none, from any site without asking this one.
func fieldsOf(w http.ResponseWriter, r *http.Request) fields {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return fields{}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16_384))
	if err != nil {
		return fields{}
	}
	var sent fields
	_ = json.Unmarshal(body, &sent) // what is no object has no fields
	return sent
}

var (
	// White space of any script, as it comes with a code that was copied, and hyphens. The SDKs have one list.
	spaces = regexp.MustCompile(`[\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}-]`)
	digits = regexp.MustCompile(`^(?:[0-9]{6}|[0-9]{8})$`)
)

// codeOf is the digits of a code as apps show it, with spaces; empty: it is none.
func codeOf(typed any) string {
	text, _ := typed.(string)
	if code := spaces.ReplaceAllString(text, ""); digits.MatchString(code) {
		return code
	}
	return ""
}

// shownFactor is the code or the recovery code that a form sent; false: neither, both, or what is none.
func shownFactor(sent fields) (Proof, bool) {
	token, recoveryCode := sent["token"], sent["recoveryCode"]
	if isAbsent(token) == isAbsent(recoveryCode) {
		return Proof{}, false
	}
	if isAbsent(token) {
		text, ok := recoveryCode.(string)
		return Proof{RecoveryCode: text}, ok && utf8.RuneCountInString(text) <= 64
	}
	code := codeOf(token)
	return Proof{Token: code}, code != ""
}

// isAbsent is whether a field has nothing: an empty field of a form is sent as no text, or not at all.
func isAbsent(value any) bool { return value == nil || value == "" }

// nameOf is the name of a phone, without what an otpauth URL takes for the end of the issuer; empty: none.
func nameOf(typed string) string {
	name := []rune(strings.TrimSpace(strings.ReplaceAll(typed, ":", " ")))
	return strings.TrimSpace(string(name[:min(len(name), 64)]))
}
