func open() (*kanda.Kanda, error) {
	return kanda.New(kanda.Options{
		URL:    "https://your-kanda-server",
		APIKey: "kan_your_api_key_here",
	})
}
