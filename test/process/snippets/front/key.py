import requests

token = 'kan_your_api_key_here'
