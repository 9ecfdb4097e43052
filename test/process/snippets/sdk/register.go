func register(ctx context.Context, k *kanda.Kanda) (kanda.Enrolment, error) {
	// Show <img src="…"> with QRDataURL.Reveal(), once. Store nothing.
	return k.Register(ctx, kanda.Registration{
		ClientID: "user-123", Label: "alice@example.com", Issuer: "MyApp",
	})
}
