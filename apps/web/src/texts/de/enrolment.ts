import type { Texts } from '../en.ts';

export const enrolment: Texts['enrolment'] = {
  enrolUser: 'Einen Benutzer einrichten',
  enrolWho: (id: string | number) => `${id} einrichten`,
  untilRightCode: (id: string | number) =>
    `Bis hier der richtige Code eingegeben ist, wird jeder Code von ${id} abgelehnt.`,
  isEnrolled: (id: string | number) => `${id} ist eingerichtet.`,
  theSecret: 'das Geheimnis',
  savedSecret: 'Ich habe dieses Geheimnis gescannt oder gespeichert',
  userId: 'Benutzer-ID',
  userIdHint: 'Der Name, den Ihre Anwendung selbst für diesen Benutzer hat.',
  alreadyEnrolled: (id: string | number) =>
    `${id} ist schon eingerichtet. Bei einem verlorenen Handy erneuern Sie das Geheimnis.`,
  label: 'Label',
  labelHint: 'Der Name des Benutzers, wie das Handy ihn zeigt.',
  issuer: 'Issuer',
  issuerHint: 'Der Name Ihrer Anwendung, wie das Handy ihn zeigt.',
  cancel: 'Abbrechen',
  enrolling: 'Wird eingerichtet…',
  enrol: 'Einrichten',
  advanced: 'Erweitert',
  manyAppsKnow: 'Viele Apps kennen nur SHA1, 6 Ziffern und 30 Sekunden.',
  existingSecret: 'Vorhandenes Geheimnis',
  existingSecretHint: 'Base32, von einem Handy, das schon eingerichtet ist. Leer lassen für ein neues.',
  allowShort: 'Ein kurzes Geheimnis erlauben',
  allowShortHint:
    'Ab 80 Bit. Es ist leichter zu erraten als eines von 128 Bit und wird als schwach gekennzeichnet.',
  skipFirstCode: 'Den ersten Code auslassen',
  skipFirstCodeHint:
    'Codes gelten sofort, ob ein Handy das Geheimnis hat oder nicht. Nehmen Sie das nur, wenn ein Handy das Geheimnis schon hat: Sonst ist ein Benutzer ausgesperrt, bei dem das Scannen misslang.',
  tooShort:
    'Dieses Geheimnis hat weniger als die 128 Bit, die RFC 4226 verlangt. Um es trotzdem zu nehmen, setzen Sie unten das Häkchen.',
  itIs: (problem: string | number) => `Es ist nicht gültig: ${problem}.`,
  algorithm: 'Algorithmus',
  digits: 'Ziffern',
  seconds: 'Sekunden',
  qrAlt: (issuer: string | number, label: string | number) =>
    `QR-Code, der ${issuer}, ${label}, zu einer Authenticator-App hinzufügt. Dasselbe Geheimnis steht darunter.`,
  scanThis: 'Diesen Code scannen',
  scanHint:
    'Mit der Authenticator-App des Handys. Scannen geht nicht? Tippen Sie dieses Geheimnis in die App ein, die es vielleicht Schlüssel nennt.',
  copySecret: 'Geheimnis kopieren',
  openInApp: 'Im Authenticator öffnen',
  thenType: 'Dann den Code eintippen, den sie zeigt',
  checking: 'Wird geprüft…',
  checkCode: 'Code prüfen',
  realCheck: 'Die Prüfung ist echt: Sie verbraucht den Code, und ein falscher Code zählt als Fehlversuch.',
  accepted: 'Code angenommen. Es funktioniert.',
};
