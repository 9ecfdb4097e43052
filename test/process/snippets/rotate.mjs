const rotateTotp = async (clientId) => {
  const res = await fetch(`https://your-kanda-server/api/totp/rotate/${clientId}`, {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}` },
  });
  const { qrDataUrl } = await res.json();
  // Show qrDataUrl as <img src={qrDataUrl}> — let user scan new QR
  return qrDataUrl;
};
