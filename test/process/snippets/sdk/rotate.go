func rotateTOTP(ctx context.Context, k *kanda.Kanda, id string) (string, error) {
	made, err := k.Rotate(ctx, id, kanda.Rotation{})
	return made.QRDataURL.Reveal(), err // for <img src>
}
