import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const clients: Texts['clients'] = {
  users: 'Benutzer',
  sendLink: 'Einen Link senden',
  enrol: 'Einrichten',
  import: 'Importieren',
  export: 'Exportieren',
  searchUsers: 'Benutzer suchen',
  searchPlaceholder: 'Benutzer-ID, Label oder Issuer',
  status: 'Status',
  anyStatus: 'Jeder Status',
  active: 'Aktiv',
  pending: 'Ausstehend',
  locked: 'Gesperrt',
  disabled: 'Deaktiviert',
  weakOnly: 'Nur schwache Geheimnisse',
  noMatchYet: 'Bisher kein Treffer',
  searchStopped: 'Die Suche hat unterwegs angehalten. Mit „Weiter“ suchen Sie weiter.',
  noMatch: 'Kein Benutzer passt',
  noFurther: 'Keine weiteren Benutzer',
  clearFilters: 'Filter löschen',
  firstPage: 'Erste Seite',
  noneEnrolled: 'Es ist noch kein Benutzer eingerichtet.',
  enrolUser: 'Einen Benutzer einrichten',
  enrolHint: (code: (words: string) => ReactNode, link: (words: string) => ReactNode) => (
    <>
      Richten Sie hier einen Benutzer ein, oder rufen Sie {code('/api/totp/register')} auf. Benutzer eines
      anderen Programms lassen sich mit den Geheimnissen, die ihre Handys haben, {link('importieren')}.
    </>
  ),
  pages: 'Seiten',
  next: 'Weiter',
  noSuchUser: 'Diesen Benutzer gibt es nicht',
  noUserHasId: (id: ReactNode) => (
    <>
      Kein Benutzer hat die ID {id}. Vielleicht wurde er gelöscht; das Protokoll hat noch, was mit ihm
      geschah.
    </>
  ),
  itsLog: 'Sein Protokoll',
  user: 'Benutzer',
  cannotLogInYet: (id: ReactNode, when: ReactNode) => (
    <>
      {id} kann sich noch nicht anmelden: Der erste Code wurde noch nicht eingegeben. Ohne ihn endet die
      Einrichtung{when}, und den Benutzer gibt es nicht mehr.
    </>
  ),
  atTime: (time: string | number) => ` um ${time}`,
  label: 'Label',
  issuer: 'Issuer',
  wrongCodes: 'Falsche Codes',
  failures: (inRow: string | number, today: string | number) =>
    `${inRow} hintereinander, ${today} in 24 Stunden`,
  enrolled: 'Eingerichtet',
  lastSuccess: 'Letzter Erfolg',
  secrets: 'Geheimnisse',
  sealed: 'Versiegelt. Sie können nicht noch einmal angezeigt werden; ersetzen Sie stattdessen eines.',
  events: 'Ereignisse',
  allInLog: 'Alle im Protokoll',
  noAttempts: 'Noch keine Versuche.',
  firstCodeHere: 'Hier erscheint der erste Code, der geprüft wird.',
  newestEventsOf: (id: string | number) => `Neueste Ereignisse von ${id}`,
  lock: 'Sperre',
  lockedUntilUnlocked: 'Gesperrt, bis Sie entsperren',
  lockedUntil: (time: string | number, wait: string | number) => `Gesperrt bis ${time}, noch ${wait}`,
  lockReason: (inRow: string | number, today: string | number) =>
    `${inRow} falsche Codes hintereinander, ${today} in 24 Stunden. Codes werden abgelehnt, ohne geprüft zu werden.`,
  unlock: 'Entsperren',
  unlockUser: (id: string | number) => `${id} entsperren?`,
  unlocking: 'Wird entsperrt…',
  isUnlocked: (id: string | number) => `${id} ist entsperrt.`,
  unlockMeans:
    'Die Fehlversuche werden vergessen, und Codes werden wieder geprüft. Vergewissern Sie sich, dass es Ihr Benutzer ist, der darum bittet.',
  clock: 'Uhr',
  refusedUntil: (time: ReactNode) => <>Richtige Codes werden abgelehnt bis {time}</>,
  clockReason:
    'Ein Code wurde angenommen, während die Uhr des Servers vorging, oder vor Kurzem wurde eine Sicherung eingespielt. Codes aus der Zeit davor werden abgelehnt und führen nicht zu einer Sperre.',
  resetClock: 'Uhr zurücksetzen',
  resetClockOf: (id: string | number) => `Die Uhr von ${id} zurücksetzen?`,
  resetting: 'Wird zurückgesetzt…',
  canUseCodes: (id: string | number) => `${id} kann wieder Codes verwenden.`,
  resetMeans:
    'Vergewissern Sie sich, dass die Uhr des Servers jetzt richtig geht. Codes werden wieder angenommen, aber keiner, der vielleicht schon angenommen wurde, während sie vorging. Auch Fehlversuche werden vergessen, wie beim Entsperren.',
  enable: 'Aktivieren',
  disable: 'Deaktivieren',
  rotate: 'Erneuern',
  delete: 'Löschen',
  actions: 'Aktionen',
  rotateSecret: 'Das Geheimnis erneuern?',
  userId: 'Benutzer-ID',
  rotating: 'Wird erneuert…',
  rotateMeans: (which: string | number) =>
    `${which} Sie erhalten einen neuen QR-Code zum Scannen; eine Sperre endet damit, und ebenso enden vertraute Browser. Funktioniert das Handy noch? Dann nehmen Sie „Ersetzen“ bei seinem Authenticator: Das alte Geheimnis gilt, bis das neue bestätigt ist.`,
  allSecretsStop: (count: string | number) =>
    `Die Geheimnisse aller ${count} Authenticatoren gelten sofort nicht mehr.`,
  secretStops: 'Das Geheimnis auf dem Handy gilt sofort nicht mehr.',
  newSecretOf: (id: string | number) => `Neues Geheimnis von ${id}`,
  theSecret: 'das Geheimnis',
  savedSecret: 'Ich habe dieses Geheimnis gescannt oder gespeichert',
  disableUser: (id: string | number) => `${id} deaktivieren?`,
  disabling: 'Wird deaktiviert…',
  disableMeans:
    'Jeder Code dieses Benutzers wird abgelehnt, bis Sie ihn wieder aktivieren. Die Geheimnisse bleiben; vertraute Browser enden.',
  isDeleted: (id: string | number) => `${id} ist gelöscht.`,
  deleteUser: 'Diesen Benutzer löschen?',
  deleting: 'Wird gelöscht…',
  deleteMeans:
    'Seine Geheimnisse werden vernichtet und können nicht zurückgeholt werden. Seine Ereignisse bleiben im Protokoll.',
  recoveryCodes: 'Wiederherstellungscodes',
  makeNewCodes: 'Neue Codes erstellen',
  deleteCodes: 'Codes löschen',
  recoveryCodesOf: (id: string | number) => `Wiederherstellungscodes von ${id}`,
  giveThem: (id: ReactNode) => (
    <>
      Geben Sie sie Ihrem Benutzer. Jeder lässt {id} einmal ohne das Handy hinein, auch während einer Sperre.
      Frühere Codes sind ungültig.
    </>
  ),
  noCodes: 'Es gibt keine. Mit einem davon kommt Ihr Benutzer einmal hinein, wenn das Handy verloren ist.',
  codesLeft: (codes: ReactNode, made: ReactNode) => (
    <>
      Noch {codes}, erstellt {made}. Jeder lässt Ihren Benutzer einmal ohne das Handy hinein, auch während
      einer Sperre.
    </>
  ),
  makeAndGive: (why: string | number) => `${why} Erstellen Sie neue, und geben Sie sie Ihrem Benutzer.`,
  lastUsed: 'Der letzte ist verbraucht.',
  fewLeft: 'Es sind nur noch wenige übrig.',
  makeCodes: 'Wiederherstellungscodes erstellen?',
  making: 'Wird erstellt…',
  makeCodesMeans: (lost: string) =>
    `Sie erhalten 10 Codes, die einmal angezeigt werden. Überlegen Sie vorher, wie Sie sie Ihrem Benutzer geben.${lost}`,
  voidAtOnce: (codes: string | number) => ` Was Ihr Benutzer jetzt hat (${codes}), ist sofort ungültig.`,
  codesDeleted: (id: string | number) => `Die Wiederherstellungscodes von ${id} sind gelöscht.`,
  deleteAllCodes: 'Alle Wiederherstellungscodes löschen?',
  deleteCodesMeans: 'Keiner dieser Codes gilt mehr. Ohne das Handy braucht der Benutzer dann Ihre Hilfe.',
  tableCaption: 'Benutzer, die neuesten zuerst',
  simulated: 'Simuliert',
  theRecoveryCodes: 'die Wiederherstellungscodes',
  keptCodes: 'Ich habe diese Codes an einem sicheren Ort aufbewahrt',
  codesFileHead: (owner: string | number, date: string | number) =>
    `Wiederherstellungscodes von ${owner}, erstellt am ${date}. Jeder gilt einmal.`,
  copyCodes: 'Codes kopieren',
  download: 'Herunterladen',
  print: 'Drucken',
  trustedBrowsers: 'Vertraute Browser',
  endAll: 'Alle beenden',
  trustOff: 'Die Richtlinie lässt vertraute Browser nicht zu: Keiner davon gilt anstelle eines Codes.',
  noneTrusted:
    'Noch keine. Ein Browser wird vertraut, wenn Ihre Anwendung trustDevice mit einem richtigen Code sendet.',
  trustedNeedNoCode:
    'Diese Browser brauchen bis zu ihrem Ende keinen Code, auch während der Benutzer gesperrt ist.',
  trustedBrowsersOf: (id: string | number) => `Vertraute Browser von ${id}`,
  trusted: 'Vertraut',
  lastUsedAt: 'Zuletzt verwendet',
  ends: 'Endet',
  endBrowser: (label: string | number) => `${label} beenden`,
  end: 'Beenden',
  notTrusted: (label: string | number) => `${label} ist nicht mehr vertraut.`,
  noneTrustedOf: (id: string | number) => `Kein Browser von ${id} ist mehr vertraut.`,
  endAllBrowsers: 'Alle vertrauten Browser beenden?',
  ending: 'Wird beendet…',
  endAllMeans: 'In jedem davon wird der Benutzer bei der nächsten Anmeldung nach einem Code gefragt.',
  simulatedRemoved: (users: string | number) => `Entfernt: ${users} des simulierten Handys.`,
  ofSimulatedPhone: (users: string | number) => `${users} des simulierten Handys.`,
  orMoreUsers: (count: string | number) => `${count} oder mehr Benutzer`,
  removing: 'Wird entfernt…',
  removeThem: 'Entfernen',
  userIdHead: 'Benutzer-ID',
  created: 'Angelegt',
  isDisabled: (id: string) => `${id} ist deaktiviert.`,
  isEnabled: (id: string) => `${id} ist aktiviert.`,
};
