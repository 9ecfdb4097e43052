const rotateTotp = async (clientId: string) => {
  const { qrDataUrl } = await kanda.rotate(clientId);
  return qrDataUrl?.reveal(); // for <img src>
};
