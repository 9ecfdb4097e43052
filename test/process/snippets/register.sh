curl -X POST https://your-kanda-server/api/totp/register \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"clientId":"user-123","label":"alice@example.com","issuer":"MyApp"}'

# Response — secret shown ONCE { "clientId": "user-123", "secret": "JBSWY3DPEHPK3PXP", "otpauthUrl": "otpauth://totp/alice...", "qrDataUrl": "data:image/png;base64,..." }
