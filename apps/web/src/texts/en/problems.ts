export const problems = {
  somethingWrong: 'Something went wrong.',
  credentialsInvalid: "That e-mail and password don't match.",
  codeInvalid:
    "That code didn't work. Wait for a new one. If it keeps failing, set the phone's clock to automatic.",
  recoveryCodeInvalid: "That recovery code didn't work. Each is good once.",
  emailTaken: 'There is an account with this e-mail already. Sign in instead.',
  registrationClosed: "Registration is closed. Ask the server's operator for an account.",
  tooManyTryLater: 'Too many attempts. Try again later.',
  tooMany: (when: string | number) => `Too many attempts. ${when}`,
  lockedUntilUnlocked: 'Too many wrong codes. This user is locked until you unlock them.',
  lockedUntil: (wait: string | number, time: string | number) =>
    `Too many wrong codes. Try again in ${wait} (${time}), or unlock this user.`,
  userDisabled: 'This user is disabled. Enable them to accept their codes again.',
  acceptedOnce: 'Already accepted once. That is the protection. Wait for a new code.',
  tryAgainIn: (wait: string | number) => `Try again in ${wait}.`,
  tryAgainAt: (wait: string | number, time: string | number) => `Try again in ${wait} (${time}).`,
  serverAnswered: (status: string | number, words: string | number) =>
    `The server answered ${status} ${words}.`,
  unreachable: "Can't reach the server.",
};
