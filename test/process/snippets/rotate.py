res = requests.post(
    f'https://your-kanda-server/api/totp/rotate/{client_id}',
    headers={'Authorization': f'Bearer {token}'}
)
data = res.json()
qr_data_url = data['qrDataUrl']  # render as <img> for user to scan
