package kanda

import (
	"errors"
	"net/http"
	"slices"
)

// challenge checks token or recoveryCode.
func (s *SecondFactor) challenge(v *visit) (reply, error) {
	shown, ok := shownFactor(v.sent)
	if !ok {
		return nil, refused{code: "not_a_code"}
	}
	key := v.keyText("challenge", shown.Token, shown.RecoveryCode)
	verdict, err := s.options.Kanda.Validate(v.r.Context(), ShownFactor{
		ClientID: v.user.ClientID, Token: shown.Token, RecoveryCode: shown.RecoveryCode, Details: shown.Token != "",
	}, WithIdempotencyKey(key))
	if err != nil {
		return nil, ofCode(err)
	}
	if !IsValid(verdict) {
		return nil, refusalFor(verdict.Reason, verdict.RetryAfter, nil)
	}
	method, err := methodOf(shown, verdict.Method)
	if err != nil {
		return nil, err
	}
	s.update(v, func(state *SecondFactorState) { state.accept(key, method, v.at) })
	said := reply{"done": true, "method": method}
	if verdict.RemainingRecoveryCodes != nil {
		said["remainingRecoveryCodes"] = *verdict.RemainingRecoveryCodes
	}
	return said, nil
}

// methodOf is how the user showed it, by what was sent; UnexpectedAnswer for a method that no code of a phone has: it would
// fulfil what it is not.
func methodOf(shown Proof, method string) (string, error) {
	switch {
	case shown.RecoveryCode != "":
		return methodRecoveryCode, nil
	case method == "":
		return "totp", nil
	case slices.Contains(phones, method):
		return method, nil
	default:
		return "", notKandas("a method of a phone")
	}
}

// enrol begins an enrolment: secret and QR code, which count once confirm got a first right code. The session that began
// it is shown the same QR code again; another session begins anew. A user who has an authenticator already sends proof, or
// has shown a recovery code in this session, and keeps the old one until the new one is confirmed. With add it is a
// further one, for a session that has just shown a code.
func (s *SecondFactor) enrol(v *visit) (reply, error) {
	made, err := s.begin(v)
	if err != nil {
		return nil, err
	}
	s.update(v, func(state *SecondFactorState) {
		state.Begun = &BegunEnrolment{
			AuthenticatorID: made.AuthenticatorID, Page: v.sent.text("page"),
			Confirmed: state.hasConfirmed(made.AuthenticatorID), At: v.at,
		}
	})
	return reply{
		"authenticatorId": made.AuthenticatorID, "secret": made.Secret.Reveal(),
		"otpauthUrl": made.OTPAuthURL.Reveal(), "qrDataUrl": made.QRDataURL.Reveal(), "expiresAt": made.ExpiresAt,
	}, nil
}

func (s *SecondFactor) begin(v *visit) (Enrolment, error) {
	switch {
	case v.sent["proof"] != nil:
		sent, _ := v.sent["proof"].(map[string]any)
		proof, ok := shownFactor(sent)
		if !ok {
			return Enrolment{}, refused{code: "not_a_code"}
		}
		made, err := s.options.Kanda.Rotate(v.r.Context(), v.user.ClientID,
			Rotation{Confirm: true, Fresh: true, Proof: &proof}, v.key("enrol", proof.Token, proof.RecoveryCode))
		return made, ofCode(err)
	case v.sent["add"] == true:
		if !v.state.fulfils(s.recent, s.options.Now()) {
			return Enrolment{}, refused{code: "second_factor_required"}
		}
		name := nameOf(v.sent.text("name"))
		return s.options.Kanda.Authenticators.Add(v.r.Context(), v.user.ClientID,
			NewAuthenticator{Name: name, Confirm: true, Fresh: true}, v.key("add phone", name))
	default:
		return s.beginOrShow(v)
	}
}

// beginOrShow is the first phone, or a new one after a recovery code. Kanda shows an enrolment that waits to any call like
// the one that began it, so that of another session is ended here: someone who knows only the user's password may have
// begun it, and would have the secret that the user confirms. A proof is needed when the user has an authenticator. Where
// the record says so, Kanda is not asked: it may have lost the user, and would enrol whoever knows the password.
func (s *SecondFactor) beginOrShow(v *visit) (Enrolment, error) {
	ctx, client := v.r.Context(), s.options.Kanda
	register := func(fresh bool, key CallOption) (Enrolment, error) {
		return client.Register(ctx, Registration{
			ClientID: v.user.ClientID, Label: v.user.Label, Issuer: s.options.Issuer, Confirm: true, Fresh: fresh,
		}, key)
	}
	rotate := func(fresh bool, key CallOption) (Enrolment, error) {
		return client.Rotate(ctx, v.user.ClientID, Rotation{Confirm: true, Fresh: fresh}, key)
	}
	recovered := Requirement{MaxAge: s.options.HalfOpen, Methods: []string{methodRecoveryCode}}
	if v.state.fulfils(recovered, s.options.Now()) {
		return v.through(rotate, "enrol anew")
	}
	if v.user.TwoFactor == TwoFactorOn && !v.state.fulfils(Requirement{Methods: phones}, s.options.Now()) {
		return Enrolment{}, refused{code: "proof_needed"}
	}
	made, err := v.through(register, "enrol")
	// What is left of a two-factor login that the application has turned off is its own. Any other enrolled client may be
	// another application's.
	if errors.Is(err, ErrClientExists) && v.user.TwoFactor == TwoFactorEnding {
		return v.through(rotate, "enrol anew")
	}
	return made, err
}

// through shows the enrolment that this session has begun, or begins one. Not for the form that began it: Kanda has kept
// its answer.
func (v *visit) through(way func(fresh bool, key CallOption) (Enrolment, error), purpose string) (Enrolment, error) {
	if begun := v.state.Begun; begun != nil && begun.Page != v.sent.text("page") {
		shown, err := way(false, v.key("show: "+purpose))
		if err != nil || shown.AuthenticatorID == begun.AuthenticatorID {
			return shown, err
		}
	}
	return way(true, v.key(purpose))
}

// confirm confirms an enrolment with its first code, token. The session has shown a second factor then.
func (s *SecondFactor) confirm(v *visit) (reply, error) {
	token, authenticatorID := codeOf(v.sent["token"]), v.sent.text("authenticatorId")
	if token == "" {
		return nil, refused{code: "not_a_code"}
	}
	key := v.keyText("confirm", token, authenticatorID)
	answer, err := s.options.Kanda.Confirm(v.r.Context(), FirstCode{
		ClientID: v.user.ClientID, Token: token, AuthenticatorID: authenticatorID,
	}, WithIdempotencyKey(key))
	// Confirmed in another window of this browser.
	if errors.Is(err, ErrAuthenticatorNotFound) && s.read(v.r, v.user).hasConfirmed(authenticatorID) {
		return reply{"confirmed": true, "authenticatorId": authenticatorID}, nil
	}
	if err != nil {
		return nil, ofCode(err)
	}
	if !answer.Confirmed {
		return nil, refusalFor(answer.Reason, answer.RetryAfter, answer.AttemptsLeft)
	}
	// The kept answer for a form that comes again changes nothing: it may have been turned off since.
	if !s.read(v.r, v.user).hasAccepted(key) {
		if err := s.changed(v, TwoFactorOn); err != nil {
			return nil, err
		}
	}
	s.update(v, func(state *SecondFactorState) {
		state.accept(key, "totp", v.at)
		state.Begun = &BegunEnrolment{AuthenticatorID: answer.AuthenticatorID, Confirmed: true, At: v.at}
	})
	return reply{"confirmed": true, "authenticatorId": answer.AuthenticatorID}, nil
}

// recoveryCodes are new ones, for a session that has just shown a code.
func (s *SecondFactor) recoveryCodes(v *visit) (reply, error) {
	if !v.state.fulfils(s.recent, s.options.Now()) {
		return nil, refused{code: "second_factor_required"}
	}
	made, err := s.options.Kanda.RecoveryCodes.Create(v.r.Context(), v.user.ClientID, NewRecoveryCodes{},
		v.key("recovery codes"))
	if err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(made.Codes))
	for _, code := range made.Codes {
		codes = append(codes, code.Reveal())
	}
	return reply{"codes": codes}, nil
}

// turnOff turns two-factor login off, for a session that has just shown a code. It is off whatever becomes of the call: a
// secret that is left behind with Kanda is replaced by the next enrolment.
func (s *SecondFactor) turnOff(w http.ResponseWriter, r *http.Request) {
	// A reload, or a second click.
	if user, _ := s.visitor(r); user != nil && !user.isOn() {
		s.send(w, r, reply{"off": true}, nil)
		return
	}
	s.form(func(v *visit) (reply, error) {
		if !v.state.fulfils(s.recent, s.options.Now()) {
			return nil, refused{code: "second_factor_required"}
		}
		if err := s.changed(v, TwoFactorEnding); err != nil {
			return nil, err
		}
		err := s.options.Kanda.Clients.Delete(v.r.Context(), v.user.ClientID, v.key("turn off"))
		if err == nil || errors.Is(err, ErrClientNotFound) {
			err = s.changed(v, TwoFactorOff)
		}
		if err != nil && s.options.OnError != nil {
			s.options.OnError(r, err)
		}
		// This form, and all that were shown before, are used up.
		s.update(v, func(state *SecondFactorState) { *state = SecondFactorState{}.of(v.user) })
		return reply{"off": true}, nil
	})(w, r)
}

func (s *SecondFactor) changed(v *visit, to TwoFactor) error {
	if s.options.OnChange == nil {
		return nil
	}
	return s.options.OnChange(v.r, v.user, to)
}
