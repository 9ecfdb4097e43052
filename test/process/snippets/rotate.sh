curl -X POST https://your-kanda-server/api/totp/rotate/user-123 \
  -H "Authorization: Bearer $TOKEN"

# Response — new secret & QR, old codes are dead { "clientId": "user-123", "secret": "NEWBASE32SECRET", "otpauthUrl": "otpauth://totp/alice...", "qrDataUrl": "data:image/png;base64,..." }
