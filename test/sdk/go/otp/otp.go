// Package otp gives the codes that the phones of the tests show: SHA-1, 6 digits, 30 seconds.
package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// Now is the number of the present time step (RFC 6238 §4.2).
func Now() int64 { return time.Now().Unix() / 30 }

// Code is the code of a base32 secret for a time step or counter (RFC 4226 §5.3).
func Code(secret string, factor int64) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, factor)
	sum := mac.Sum(nil)
	number := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000), nil
}
