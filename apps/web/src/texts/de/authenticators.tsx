import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const authenticators: Texts['authenticators'] = {
  add: 'Einen Authenticator hinzufügen',
  addText: (id: ReactNode) => (
    <>
      Ein weiteres Handy oder Token für {id}. Codes von allen werden angenommen; falsche Codes zählen
      zusammen.
    </>
  ),
  kind: 'Art',
  appOnPhone: 'Authenticator-App auf einem Handy',
  hardwareToken: 'Hardware-Token mit Knopf (HOTP)',
  name: 'Name',
  nameHint: 'Um ihn von den anderen zu unterscheiden, zum Beispiel „Diensthandy“.',
  cancel: 'Abbrechen',
  adding: 'Wird hinzugefügt…',
  goOn: 'Weiter',
  showQr: 'QR-Code zeigen',
  secret: 'Geheimnis',
  secretHint: 'Base32, wie der Hersteller es liefert.',
  itIs: (problem: string | number) => `Es ist nicht gültig: ${problem}.`,
  digits: 'Ziffern',
  counter: 'Zähler',
  oneMoment: 'Einen Moment…',
  confirm: 'Bestätigen',
  cancelIt: 'Zurückziehen',
  changeNamed: (name: string | number) => `${name} ändern`,
  replace: 'Ersetzen',
  resync: 'Abgleichen',
  rename: 'Umbenennen',
  remove: 'Entfernen',
  pending: 'Ausstehend',
  inUse: 'In Gebrauch',
  lastUsed: 'Zuletzt verwendet',
  added: 'Hinzugefügt',
  replaced: 'Ersetzt',
  drift: 'Abweichung',
  weakSecret:
    'Dieses Geheimnis hat weniger als die 128 Bit, die RFC 4226 verlangt. Ersetzen Sie es: Es gilt, bis das neue bestätigt ist.',
  unnamed: (id: string | number) => `Authenticator ${id}`,
  newSecretOf: (name: string | number) => `Neues Geheimnis von ${name}`,
  hotp: (digits: string | number, algorithm: string | number) =>
    `Hardware-Token (HOTP): ${digits} Ziffern bei jedem Druck, ${algorithm}`,
  totp: (digits: string | number, period: string | number, algorithm: string | number) =>
    `Authenticator-App (TOTP): ${digits} Ziffern, alle ${period} Sekunden, ${algorithm}`,
  notFollowed: 'wird nicht verfolgt',
  untilTime: (time: string | number) => ` bis ${time}`,
  attemptsLeft: (attempts: string | number) => `; noch ${attempts}`,
  allOthers: 'aller anderen',
  thenTakesPlace: (place: string | number) => ` Danach tritt er an die Stelle von ${place}.`,
  waitsForCode: (until: string | number, attempts: string | number, then: string | number) =>
    `Wartet auf den ersten Code${until}${attempts}.${then}`,
  fifthWrong:
    'Das war der fünfte falsche Code, deshalb gilt dieser QR-Code nicht mehr. Entfernen Sie ihn aus der App, und beginnen Sie von vorn.',
  refusedLeft: (words: string | number, attempts: string | number) => `${words} Noch ${attempts}.`,
  clockWarning: (off: string | number) =>
    `Aber die Uhr dieses Handys geht ${off}, deshalb werden die nächsten Codes abgelehnt. Stellen Sie Datum und Uhrzeit auf automatisch.`,
  counterFound: 'Sein Zähler ist gefunden. Seine Codes gelten wieder.',
  clockFound: (off: string | number) => `Gefunden: Seine Uhr geht ${off}.`,
  driftTooLarge: (off: string | number) =>
    `Seine Uhr geht ${off}. Das ist mehr, als Kanda verfolgt. Stellen Sie die Uhr des Handys auf automatisch.`,
  notFoundResync:
    'Nicht gefunden. Sind das zwei aufeinanderfolgende Codes dieses Authenticators? Vielleicht ist seine Uhr oder sein Zähler auch weiter entfernt.',
  authenticators: 'Authenticatoren',
  addShort: 'Hinzufügen',
  authenticatorsOf: (id: string | number) => `Authenticatoren von ${id}`,
  theOldSecret: 'Das alte Geheimnis',
  replaceWhat: (what: string | number) => `Ersetzen: ${what}`,
  theSecretObject: 'das Geheimnis',
  worksUntil: (what: string | number) =>
    `${what} gilt, bis Sie hier einen Code des neuen eingeben, danach nicht mehr.`,
  newInUse: 'Das neue Geheimnis ist in Gebrauch; das alte gilt nicht mehr.',
  enrolUser: (id: string | number) => `${id} einrichten`,
  untilRightCode: (id: string | number) =>
    `Bis hier der richtige Code eingegeben ist, wird jeder Code von ${id} abgelehnt.`,
  canLogIn: (id: string | number) => `${id} kann sich mit diesem Authenticator anmelden.`,
  addNamed: (what: string | number) => `Hinzufügen: ${what}`,
  anAuthenticator: 'ein Authenticator',
  othersWork:
    'Bis hier der richtige Code eingegeben ist, werden seine Codes abgelehnt. Die anderen Authenticatoren gelten weiter.',
  isInUse: (name: string | number) => `${name} ist in Gebrauch.`,
  whyNot: 'Warum geht es nicht?',
  diagnoseText:
    'Geben Sie einen Code ein, den der Benutzer Ihnen vorliest. Er wird nicht angenommen und zählt als falscher Code. Ein Code aus späterer Zeit wird verbraucht. Das geht fünfmal in der Stunde für jeden Benutzer.',
  codeFromUser: 'Code des Benutzers',
  diagnosing: 'Wird untersucht…',
  diagnose: 'Untersuchen',
  theAuthenticator: 'Der Authenticator',
  rightNow: (name: string | number) =>
    `Der Code ist richtig und unbenutzt (${name}). Vielleicht hat der Benutzer sich vertippt: Lassen Sie es ihn noch einmal versuchen.`,
  alreadyUsed: (name: string | number) =>
    `Der Code war richtig und wurde schon verwendet (${name}). Jeder gilt einmal: Warten Sie auf den nächsten.`,
  previousSecret:
    'Der Code stammt von einem Geheimnis, das ersetzt wurde: Die App zeigt noch den alten Eintrag. Löschen Sie ihn dort und nehmen Sie den neueren, oder erneuern Sie das Geheimnis und scannen Sie es.',
  otherAuthenticator: (name: string | number) =>
    `Der Code stammt von ${name}, nicht von dem, nach dem gefragt wurde.`,
  neverConfirmed: (name: string | number) =>
    `Der Code ist richtig, aber ${name} wurde nie bestätigt. Schließen Sie die Einrichtung mit einem ersten Code ab.`,
  wrongAlgorithm:
    'Die App beachtet den Algorithmus im QR-Code nicht. Richten Sie den Benutzer mit SHA1 ein, oder nehmen Sie eine andere App.',
  wrongDigits:
    'Die App beachtet die Zahl der Ziffern im QR-Code nicht. Richten Sie den Benutzer mit 6 ein, oder nehmen Sie eine andere App.',
  wrongPeriod:
    'Die App beachtet den Zeitraum im QR-Code nicht. Richten Sie den Benutzer mit 30 Sekunden ein, oder nehmen Sie eine andere App.',
  noMatch:
    'Kein Authenticator dieses Benutzers zeigt diesen Code, bis zu einer Stunde von jetzt. Vielleicht hat die App einen sehr alten Eintrag oder den eines anderen Kontos: Erneuern Sie das Geheimnis.',
  pressedUnused: (name: string | number, times: string | number) =>
    `${name} wurde ${times} ohne Anmeldung gedrückt. Gleichen Sie ihn mit zwei Codes ab.`,
  beforeAccepted: (name: string | number) =>
    `Der Code ist älter als der zuletzt angenommene (${name}). Drücken Sie für einen neuen.`,
  clockOff: (name: string | number, steps: string | number, seconds: string | number, way: string | number) =>
    `Die Uhr von ${name} geht ${steps}${seconds} ${way}. Stellen Sie Datum und Uhrzeit des Handys auf automatisch.`,
  atTime: (time: string | number) => ` um ${time}`,
  thisOne: 'Das',
  thisQr: 'Dieser QR-Code',
  expiresAfter: (meanwhile: string | number, what: string | number, until: string | number) =>
    `${meanwhile} ${what} läuft ab${until}, oder nach 5 falschen Codes.`,
  pressAndType: 'Den Knopf drücken und den Code eingeben',
  finishLater: 'Später abschließen',
  canClose: 'Sie können das schließen und später zurückkommen: Die Seite des Benutzers zeigt es wieder.',
  accepted: (text: string | number) => `Code angenommen. ${text}`,
  done: 'Fertig',
  close: 'Schließen',
  beginning: 'Es wird begonnen…',
  beginAgain: 'Von vorn beginnen',
  qrOver: 'Dieser QR-Code gilt nicht mehr: Er ist abgelaufen oder wurde zurückgezogen.',
  isRemoved: (name: string | number) => `${name} ist entfernt.`,
  removeNamed: (name: string | number) => `${name} entfernen?`,
  removing: 'Wird entfernt…',
  removeMeans: (id: ReactNode) => (
    <>
      Seine Codes werden von da an abgelehnt, und sein Geheimnis kann nicht zurückgeholt werden. Die anderen
      Authenticatoren von {id} gelten weiter. Vertraute Browser enden.
    </>
  ),
  cannotRemove: (name: string | number) => `${name} kann nicht entfernt werden`,
  isOnlyOne:
    'Er ist der einzige Authenticator in Gebrauch: Ohne ihn könnte kein Code dieses Benutzers richtig sein. Ersetzen Sie ihn, fügen Sie erst einen anderen hinzu, oder löschen Sie den Benutzer.',
  isCancelled: (what: string | number) => `${what} ist zurückgezogen.`,
  cancelWhat: (what: string | number) => `${what} zurückziehen?`,
  cancelling: 'Wird zurückgezogen…',
  qrStops: 'Sein QR-Code gilt nicht mehr. ',
  userGoes: (id: string | number) =>
    `${id} hat keinen anderen Authenticator, deshalb geht der Benutzer mit ihm.`,
  nothingElse: 'Sonst ändert sich nichts.',
  renameTitle: 'Den Authenticator umbenennen',
  renameHint: 'Nur der Name ändert sich; das Handy behält seinen.',
  renaming: 'Wird umbenannt…',
  replaceNamed: (name: string | number) => `${name} ersetzen?`,
  replaceMeans:
    'Sie erhalten einen neuen QR-Code zum Scannen. Das alte Geheimnis gilt, bis Sie hier einen Code des neuen eingeben, danach nicht mehr.',
  lostThen: (what: string | number) =>
    `Ist das Handy verloren oder gestohlen? Dann ${what}: Das beendet das alte Geheimnis sofort.`,
  useRotate: 'nehmen Sie stattdessen „Erneuern“',
  removeThis: 'entfernen Sie stattdessen diesen Authenticator',
  pressesAhead: '100 Drücke voraus',
  stepsAround: '20 Schritte vor und nach jetzt',
  resyncNamed: (name: string | number) => `${name} abgleichen`,
  resyncMeans: (why: string | number, reach: string | number) =>
    `${why} Geben Sie zwei Codes ein, die er nacheinander zeigt; Kanda sucht bis zu ${reach}. Beide werden verbraucht, und ein Fehlschlag zählt als falscher Code.`,
  forToken: 'Für ein Token, das oft ohne Anmeldung gedrückt wurde.',
  forPhone: 'Für ein Handy oder Token, dessen Uhr falsch geht.',
  firstCode: 'Erster Code',
  codeAfter: 'Der Code danach',
  looking: 'Wird gesucht…',
  fast: 'vor',
  slow: 'nach',
  clockRight: 'richtig',
  noDrift: 'keine',
};
