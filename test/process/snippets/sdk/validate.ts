// formKey comes with the form, so a double click is one login.
const validate2FA = async (clientId: string, token: string, formKey: string) => {
  const options = { idempotencyKey: formKey };
  return isValid(await kanda.validate({ clientId, token }, options));
};
