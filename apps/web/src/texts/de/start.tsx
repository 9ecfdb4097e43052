import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const start: Texts['start'] = {
  makeApiKey: 'Einen API-Schlüssel erstellen',
  makeApiKeyText: 'Ihre Anwendung sendet ihn mit jedem Aufruf.',
  makeKey: 'Einen Schlüssel erstellen',
  enrolUser: 'Einen Benutzer einrichten',
  enrolUserText:
    'Einen Ihrer Benutzer, oder für den Anfang sich selbst. Es zählt, sobald ein erster Code es bestätigt hat.',
  enrol: 'Einrichten',
  haveCodeAccepted: 'Einen Code annehmen lassen',
  haveCodeAcceptedText:
    'Scannen Sie den QR-Code, und senden Sie, was das Handy zeigt: beim Einrichten oder im Playground.',
  playground: 'Playground',
  putIntoApp: 'Bauen Sie es in Ihre Anwendung ein',
  putIntoAppText:
    'Erledigt, wenn Kanda einen Code angenommen hat, der mit einem API-Schlüssel kam, nicht aus diesem Dashboard.',
  protectAccount: 'Dieses Konto schützen',
  protectAccountText: 'Bei der Anmeldung hier nach einem Code fragen.',
  turnOn: 'Einschalten',
  backUpMasterKey: 'Den Hauptschlüssel sichern',
  backUpMasterKeyText:
    'Sicherungen des Speichers enthalten ihn nicht, und ohne ihn lässt sich kein Geheimnis darin öffnen. Kanda kann Ihre Kopie nicht sehen, deshalb haken Sie das selbst ab; ein neuer Hauptschlüssel nimmt das Häkchen weg.',
  topicMasterKey: 'den Hauptschlüssel sichern',
  closeRegistration: 'Die Registrierung schließen',
  closeRegistrationText: 'Wer diesen Server erreicht, kann ein Konto darauf anlegen.',
  topicRegistration: 'die Registrierung schließen: KANDA_REGISTRATION',
  putHttps: 'HTTPS davor setzen',
  putHttpsText: 'Diese Seite kam über einfaches HTTP, und es ist keine öffentliche URL mit https:// gesetzt.',
  topicHttps: 'HTTPS vor Kanda',
  howTo: 'Anleitung',
  dismissed: 'Ausgeblendet. Unter Einstellungen, Konto kommt die Liste zurück.',
  tryIt: 'Ausprobieren',
  beforeReal: 'Bevor sich echte Benutzer anmelden',
  allDone: 'Erste Schritte: alles erledigt',
  gettingStarted: 'Erste Schritte',
  dismiss: 'Ausblenden',
  hideCode: 'Den Code verbergen',
  showCode: 'Den Code zeigen',
  toDo: 'Zu tun: ',
  putKey: (code: (words: string) => ReactNode, link: (words: string) => ReactNode) => (
    <>
      Setzen Sie Ihren Schlüssel an die Stelle von {code('kan_your_api_key_here')}. Kanda zeigt einen
      Schlüssel nur einmal: {link('Erstellen Sie einen anderen')}, wenn Sie ihn nicht mehr haben.
    </>
  ),
  madeKey:
    'Das ist der Schlüssel, den Sie gerade erstellt haben: hier verdeckt, ganz in dem, was Sie kopieren. Nach einem Neuladen ist er weg.',
  kandaIn: (language: string | number) => `Kanda in ${language}`,
  copyCode: 'Code kopieren',
  language: 'Sprache',
  needsAttention: 'Braucht Ihre Aufmerksamkeit',
  nothingNeeds: 'Nichts braucht Sie.',
  diskFull:
    'Die Festplatte dieses Servers ist fast voll: Es kann kein Benutzer eingerichtet werden. Codes werden weiter geprüft.',
  whatToDo: 'Was zu tun ist',
  secretUnreadable: 'Ein Geheimnis konnte mit dem Hauptschlüssel nicht geöffnet werden.',
  lockedNow: (users: string | number) => `Jetzt gesperrt: ${users}.`,
  seeThem: 'Ansehen',
  refusedShare: (percent: string | number) => `${percent} % der Codes wurden abgelehnt.`,
  lookAtThem: 'Ansehen',
  keyNamed: (name: ReactNode) => <>Schlüssel {name} </>,
  neverUsed: 'wurde nie verwendet.',
  lastUsed: (at: ReactNode) => <>wurde zuletzt {at} verwendet.</>,
  revokeIt: 'Widerrufen',
  keyEnds: (name: ReactNode, at: ReactNode) => (
    <>
      Schlüssel {name} endet {at}.
    </>
  ),
  keys: 'Schlüssel',
  codesLeft: (codes: string | number) => `Noch ${codes}.`,
  makeNewOnes: 'Neue erstellen',
  keepCopy: (id: ReactNode) => (
    <>Ich bewahre eine Kopie des Hauptschlüssels {id} auf einer anderen Maschine auf</>
  ),
  done: 'Erledigt: ',
};
