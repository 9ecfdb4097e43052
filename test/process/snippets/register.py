res = requests.post(
    'https://your-kanda-server/api/totp/register',
    headers={'Authorization': f'Bearer {token}'},
    json={
        'clientId': 'user-123',
        'label': 'alice@example.com',
        'issuer': 'MyApp',
    }
)
data = res.json()
qr_data_url = data['qrDataUrl']  # render as <img> for user to scan
