import type { Texts } from '../en.ts';

export const charts: Texts['charts'] = {
  overview: 'Übersicht',
  range: 'Zeitraum',
  last24Hours: 'Letzte 24 Stunden',
  last7Days: 'Letzte 7 Tage',
  last30Days: 'Letzte 30 Tage',
  codesChecked: 'Geprüfte Codes',
  accepted: 'Angenommen',
  users: 'Benutzer',
  lockedNow: 'Jetzt gesperrt',
  lastEvents: 'Letzte Ereignisse',
  log: 'Protokoll',
  nothingYet: 'Noch nichts.',
  firstCallHere: 'Hier erscheint Ihr erster Aufruf.',
  lastFive: 'Die letzten fünf Ereignisse',
  loneBar: (bar: string | number) =>
    `${bar} Das ist alles in dieser Zeit. Das Diagramm beginnt mit dem zweiten Balken.`,
  mostAtOnce: (said: string | number, most: string | number, when: string | number) =>
    `${said} Die meisten auf einmal: ${most}, ${when}.`,
  usersLocked: (users: string | number) => `${users} gesperrt`,
  acceptedRefused: (accepted: string | number, refused: string | number) =>
    `${accepted} angenommen, ${refused} abgelehnt`,
  refusedEach: (refused: string | number, each: string | number) => `${refused} abgelehnt${each}`,
  shows: {
    codes: 'Angenommen und abgelehnt',
    reasons: 'Abgelehnt, nach Grund',
    lockouts: 'Gesperrte Benutzer',
  },
  titles: { codes: 'Codes', reasons: 'Abgelehnte Codes', lockouts: 'Gesperrte Benutzer' },
  series: {
    accepted: 'angenommen',
    refused: 'abgelehnt',
    lockouts: 'gesperrt',
    invalid_code: 'falscher Code',
    code_already_used: 'schon verwendet',
    locked: 'Benutzer gesperrt',
    disabled: 'Benutzer deaktiviert',
    client_not_found: 'kein solcher Benutzer',
    secret_unreadable: 'Geheimnis nicht lesbar',
    other: 'anderer Grund',
  },
  nothing: {
    codes: 'Es wurden keine Codes geprüft.',
    reasons: 'Es wurden keine Codes abgelehnt.',
    lockouts: 'Es wurden keine Benutzer gesperrt.',
  },
  words: {
    show: 'Anzeigen',
    asChart: 'Als Diagramm zeigen',
    asTable: 'Als Tabelle zeigen',
    csv: 'Als CSV speichern',
    time: 'Zeit',
    table: 'Zahlen über die Zeit',
    bar: 'Balken des Diagramms',
    daysInUtc: 'Tage in UTC.',
    lockouts:
      'Gesperrt, bis sie entsperrt werden oder ein neues Geheimnis erhalten; Wartezeiten zählen nicht.',
  },
  ranges: { '24h': 'letzte 24 Stunden', '7d': 'letzte 7 Tage', '30d': 'letzte 30 Tage' },
};
