import type { Texts } from '../en.ts';

export const problems: Texts['problems'] = {
  somethingWrong: 'Etwas ist schiefgegangen.',
  credentialsInvalid: 'E-Mail und Passwort passen nicht zusammen.',
  codeInvalid:
    'Dieser Code hat nicht funktioniert. Warten Sie auf einen neuen. Wenn keiner funktioniert, stellen Sie die Uhr des Handys auf automatisch.',
  recoveryCodeInvalid: 'Dieser Wiederherstellungscode hat nicht funktioniert. Jeder gilt einmal.',
  emailTaken: 'Es gibt schon ein Konto mit dieser E-Mail. Melden Sie sich damit an.',
  registrationClosed: 'Die Registrierung ist geschlossen. Bitten Sie den Betreiber des Servers um ein Konto.',
  tooManyTryLater: 'Zu viele Versuche. Versuchen Sie es später noch einmal.',
  tooMany: (when: string | number) => `Zu viele Versuche. ${when}`,
  lockedUntilUnlocked: 'Zu viele falsche Codes. Dieser Benutzer ist gesperrt, bis Sie ihn entsperren.',
  lockedUntil: (wait: string | number, time: string | number) =>
    `Zu viele falsche Codes. Versuchen Sie es in ${wait} noch einmal (${time}), oder entsperren Sie diesen Benutzer.`,
  userDisabled: 'Dieser Benutzer ist deaktiviert. Aktivieren Sie ihn, um seine Codes wieder anzunehmen.',
  acceptedOnce: 'Schon einmal angenommen. Das ist der Schutz. Warten Sie auf einen neuen Code.',
  tryAgainIn: (wait: string | number) => `Versuchen Sie es in ${wait} noch einmal.`,
  tryAgainAt: (wait: string | number, time: string | number) =>
    `Versuchen Sie es in ${wait} noch einmal (${time}).`,
  serverAnswered: (status: string | number, words: string | number) =>
    `Der Server hat mit ${status} ${words} geantwortet.`,
  unreachable: 'Der Server ist nicht erreichbar.',
};
