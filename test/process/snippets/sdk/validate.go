// formKey comes with the form, so a double click is one login.
func validate2FA(
	ctx context.Context, k *kanda.Kanda, id, token, formKey string,
) bool {
	shown := kanda.ShownFactor{ClientID: id, Token: token}
	verdict, err := k.Validate(ctx, shown, kanda.WithIdempotencyKey(formKey))
	return err == nil && kanda.IsValid(verdict)
}
