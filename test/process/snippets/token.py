import requests

res = requests.post(
    'https://your-kanda-server/api/auth/token',
    json={'apiKey': 'kan_your_api_key_here'}
)
token = res.json()['token']
