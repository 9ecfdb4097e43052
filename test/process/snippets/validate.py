res = requests.post(
    'https://your-kanda-server/api/totp/validate',
    headers={'Authorization': f'Bearer {token}'},
    json={'clientId': 'user-123', 'token': otp_from_user}
)
valid = res.json()['valid']  # True or False
if not valid:
    raise Exception("Invalid OTP")
