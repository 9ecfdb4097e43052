curl -X POST https://your-kanda-server/api/totp/validate \
  -H "Authorization: Bearer $TOKEN" \
  -H "Content-Type: application/json" \
  -d '{"clientId":"user-123","token":"847291"}'

# Response { "valid": true }
