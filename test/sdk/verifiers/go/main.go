// What go-jose makes of a receipt. Arguments: JWKS file, issuer, audience, receipt.
package main

import (
	"encoding/json"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func read(keysFile, issuer, audience, receipt string) (map[string]any, error) {
	text, err := os.ReadFile(keysFile)
	if err != nil {
		return nil, err
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, err
	}
	token, err := jwt.ParseSigned(receipt, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, err
	}
	var registered jwt.Claims
	var claims map[string]any
	if err := token.Claims(&keys, &registered, &claims); err != nil {
		return nil, err
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: time.Now()}
	return claims, registered.Validate(expected)
}

func main() {
	claims, err := read(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	answer := map[string]any{"claims": claims}
	if err != nil {
		answer = map[string]any{"refused": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}
