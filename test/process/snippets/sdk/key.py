from kanda import Kanda, is_valid

kanda = Kanda("https://your-kanda-server", "kan_your_api_key_here")
