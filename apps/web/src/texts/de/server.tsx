import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const server: Texts['server'] = {
  fine: 'In Ordnung',
  lookAtIt: 'Ansehen',
  problem: 'Problem',
  server: 'Server',
  checkAgain: 'Noch einmal prüfen',
  onlyOperators: (code: (words: string) => ReactNode) => (
    <>
      Nur Betreiber dieser Installation sehen diese Seite. {code('kanda doctor')} prüft mehr, auf der Maschine
      selbst.
    </>
  ),
  toDo: 'Zu tun',
  toDoCaption: 'Zu tun, Probleme zuerst',
  fineCaption: 'Was in Ordnung ist',
  allWell: 'Alles ist in Ordnung.',
  toLookAt: (count: string | number) => `${count} anzusehen`,
  clockAndBrowser: 'Uhr und dieser Browser',
  inStep: 'die beiden gehen gleich',
  clockOff: (seconds: string | number, way: string | number) =>
    `die Uhr des Servers geht gegenüber diesem Browser ${seconds} s ${way}`,
  aheadOf: 'vor',
  oneIsWrong: 'Eine von beiden geht falsch. Vergleichen Sie beide mit einer dritten Uhr.',
  users: 'Benutzer',
  apiKeys: 'API-Schlüssel',
  eventsInDay: 'Ereignisse in 24 Stunden',
  storage: 'Speicher, geschätzt',
  quotas: 'Kontingente',
  usedOf: (used: string | number, limit: string | number) => `${used} von ${limit}`,
  usedUp: ', aufgebraucht',
  check: 'Prüfung',
  status: 'Status',
};
