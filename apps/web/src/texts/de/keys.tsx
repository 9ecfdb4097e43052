import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const keys: Texts['keys'] = {
  newKey: 'Neuer Schlüssel',
  apiKeys: 'API-Schlüssel',
  noKeys: 'Keine Schlüssel.',
  makeAKey: 'Einen Schlüssel erstellen',
  onePerApp: 'Erstellen Sie einen für jede Anwendung, damit Sie einen allein widerrufen können.',
  loading: 'Wird geladen…',
  loadOlder: 'Ältere laden',
  caption: 'API-Schlüssel, die neuesten zuerst',
  usedEnds: (used: ReactNode) => <>Verwendet {used}, endet </>,
  revokeNamed: (name: string | number) => `${name} widerrufen`,
  revoke: 'Widerrufen',
  afterYear: 'Nach einem Jahr',
  never: 'Nie',
  newTestKey: 'Neuer Testschlüssel',
  newApiKey: 'Neuer API-Schlüssel',
  name: 'Name',
  nameHint: 'Wofür er ist: ein Schlüssel für jede Anwendung.',
  namePlaceholder: 'Webshop',
  itEnds: 'Er endet',
  cancel: 'Abbrechen',
  making: 'Wird erstellt…',
  makeKey: 'Schlüssel erstellen',
  signInAndMake: 'Anmelden und den Schlüssel erstellen',
  itMay: 'Er darf',
  worksUntilRevoked:
    'Er gilt, bis Sie ihn widerrufen, wie ein Schlüssel, den die API ohne expiresAt erstellt.',
  endsFrom: (date: string | number, notice: string | number) =>
    `Vom ${date} an wird jeder Aufruf mit diesem Schlüssel abgelehnt.${notice}`,
  notice: (days: string | number) =>
    ` ${days} Tage vorher sagen es die Übersicht und das Protokoll (key.expiring), und ebenso Webhooks.`,
  yourNewKey: 'Ihr neuer Schlüssel',
  theKey: 'den Schlüssel',
  savedKey: 'Ich habe diesen Schlüssel gespeichert',
  thisIs: (name: ReactNode) => (
    <>
      Das ist {name}. Kanda behält nur einen Fingerabdruck davon, deshalb kann er nicht noch einmal angezeigt
      werden. Er endet{' '}
    </>
  ),
  whenRevoked: 'wenn Sie ihn widerrufen',
  onDate: (date: string | number) => `am ${date}`,
  copyKey: 'Schlüssel kopieren',
  tryIt: 'Probieren Sie ihn aus',
  firstCall: 'Ein erster Aufruf mit diesem Schlüssel',
  copyCall: 'Aufruf kopieren',
  expired: 'Abgelaufen',
  isRevoked: (name: string | number) => `${name} ist widerrufen.`,
  revokeThis: 'Diesen Schlüssel widerrufen?',
  keysName: 'Name des Schlüssels',
  revoking: 'Wird widerrufen…',
  revokeMeans:
    'Was ihn verwendet, wird von jetzt an abgelehnt, auch Tokens, gegen die er getauscht wurde. Er kann nicht zurückgeholt werden.',
  may: 'Darf',
  lastUsed: 'Zuletzt verwendet',
  expires: 'Endet',
  noSuchKey: 'Diesen Schlüssel gibt es nicht',
  maybeRevoked:
    'Vielleicht wurde er widerrufen; das Protokoll hat noch, was er getan hat. Ein Schlüssel der anderen Hälfte Ihres Kontos wird dort angezeigt.',
  allKeys: 'Alle Schlüssel',
  itsLog: 'Sein Protokoll',
  key: 'Schlüssel',
  beginsWith: 'Beginnt mit',
  made: 'Erstellt',
  lastThirtyDays: 'letzte 30 Tage',
  countsBehind: (others: string | number) => `Die Zahlen sind einige Sekunden alt.${others}`,
  alsoMade: (calls: string | number) => ` Er machte außerdem ${calls}, die das Protokoll hat.`,
  expiresSoon: (at: ReactNode) => (
    <>
      Dieser Schlüssel läuft ab {at}. Erstellen Sie vorher einen anderen und verwenden Sie ihn: Danach wird
      jeder Aufruf mit diesem abgelehnt.
    </>
  ),
  hasExpired:
    'Dieser Schlüssel ist abgelaufen: Jeder Aufruf mit ihm wird abgelehnt. Widerrufen Sie ihn, wenn nichts ihn mehr verwendet.',
  lastAddresses: 'Letzte Adressen',
  of: (events: string | number) => `Aus ${events}`,
  itsNewest: (count: string | number) => `seinen neuesten ${count} Ereignissen`,
  itsEvents: 'seinen Ereignissen',
  since: (at: ReactNode) => <> seit {at}.</>,
  lastEvents: 'Letzte Ereignisse',
  none: 'Keine.',
  lastEventsOfKey: 'Die letzten Ereignisse dieses Schlüssels',
  addressesCaption: 'Adressen, die diesen Schlüssel verwendet haben, die letzte zuerst',
  address: 'Adresse',
  events: 'Ereignisse',
  last: 'Zuletzt',
  afterDays: (days: number) => `Nach ${days} Tagen`,
};
