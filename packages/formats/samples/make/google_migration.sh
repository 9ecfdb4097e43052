#!/bin/sh
# Makes google-migration.txt with otpa 0.0.2: python -m venv v && v/bin/pip install otpa==0.0.2 && sh google_migration.sh v/bin/otpa FOLDER
"$1" cm \
  'otpauth://totp/Example:alice%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example' \
  'otpauth://totp/Example:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA&issuer=Example&algorithm=SHA256&digits=8' \
  'otpauth://hotp/Example:carol?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example&counter=7' > "$2/google-migration.txt"
