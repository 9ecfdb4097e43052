const { secret, qrDataUrl } = await kanda.register({
  clientId: 'user-123',
  label: 'alice@example.com',
  issuer: 'MyApp',
});
// Show <img src={qrDataUrl.reveal()}>, once. Store nothing.
