import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const links: Texts['links'] = {
  sendLink: 'Einen Link senden',
  userId: 'Benutzer-ID',
  userIdHint: 'Der Name, den Ihre Anwendung selbst für diesen Benutzer hat.',
  itEnds: 'Er endet',
  itEndsHint: 'Er gilt einmal, und nicht länger als bis dahin.',
  cancel: 'Abbrechen',
  making: 'Wird erstellt…',
  makeLink: 'Link erstellen',
  whatFor: 'Wofür',
  label: 'Label',
  labelHint: 'Der Name des Benutzers, wie das Handy ihn zeigt. Ohne ihn: die Benutzer-ID.',
  issuer: 'Issuer',
  issuerHint:
    'Der Name Ihrer Anwendung, wie das Handy ihn zeigt. Ohne ihn: der Name unter Einstellungen, Seiten.',
  language: 'Sprache der Seite',
  browserLanguage: 'Die des Browsers des Benutzers',
  yourNewLink: 'Ihr neuer Link',
  theLink: 'den Link',
  copiedLink: 'Ich habe diesen Link kopiert',
  sendToUser: (id: ReactNode, end: ReactNode) => (
    <>
      Für {id}. Senden Sie ihn nur diesem Benutzer: Wer ihn als Erster öffnet und auf den Knopf drückt, kann
      ihn verwenden. Er endet {end} und kann nicht noch einmal angezeigt werden.
    </>
  ),
  copyLink: 'Link kopieren',
  cancelled: 'Der Link ist zurückgezogen.',
  links: 'Links',
  noneOpen:
    'Keiner ist offen. Ein Link führt Ihren Benutzer auf eine Seite dieses Servers, die das Geheimnis nur ihm zeigt.',
  openLinksOf: (id: string | number) => `Offene Links von ${id}`,
  made: 'Erstellt',
  begun: 'Begonnen',
  ends: 'Endet',
  cancelNamed: (id: string | number) => `Link ${id} zurückziehen`,
  cancelThis: 'Zurückziehen',
  enrol: 'Einrichten',
  enrolText:
    'Ihr Benutzer fügt das Geheimnis auf einem Handy hinzu und gibt den ersten Code ein. Sie sehen das Geheimnis nie.',
  replace: 'Ersetzen',
  replaceText:
    'Für ein neues Handy, oder wenn eines verloren ist: Ein neues Geheimnis ersetzt alle anderen, sobald der erste Code eingegeben ist.',
  challenge: 'Nach einem Code fragen',
  challengeText: 'Ihr Benutzer gibt einen Code ein, wie bei einer Anmeldung.',
  afterHour: 'Nach einer Stunde',
  afterDay: 'Nach einem Tag',
  afterThreeDays: 'Nach drei Tagen',
};
