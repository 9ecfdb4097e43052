import type { ReactNode } from 'react';
import type { Texts } from '../en.ts';

export const exporting: Texts['exporting'] = {
  export: 'Exportieren',
  exportUsers: 'Benutzer exportieren',
  exportText:
    'Alle Benutzer mit ihren Geheimnissen, für ein anderes Programm oder ein anderes Kanda. Sie können jederzeit gehen.',
  signInAndExport: 'Anmelden und exportieren',
  stopQuestion: 'Den Export anhalten?',
  stopText: 'Es wird nichts gespeichert, bis der Export vollständig ist.',
  stopAndLeave: 'Anhalten und verlassen',
  goOn: 'Weiter exportieren',
  needsTwoFactor: (link: (words: string) => ReactNode, code: (words: string) => ReactNode) => (
    <>
      Ein Export verlangt, dass die Zwei-Faktor-Anmeldung seit 72 Stunden eingeschaltet ist, damit ein
      gestohlenes Passwort nicht für alle Geheimnisse reicht. {link('Schalten Sie sie ein')}, oder bitten Sie
      den Betreiber des Servers um {code('kanda export')}.
    </>
  ),
  kandaText: 'Für ein anderes Kanda. Es hat alles: Namen, Abweichung und welche Codes verwendet wurden.',
  uriText:
    'Eine pro Zeile, für die meisten anderen Programme. Nicht darin: welche Codes verwendet wurden, Abweichung, Namen.',
  csvText:
    'Für privacyIDEA und LinOTP. Nicht darin: welche Codes verwendet wurden, Abweichung, Namen, Issuer.',
  theFile: 'Die Datei',
  format: 'Format',
  asGoodAs:
    'Die Datei ist so viel wert wie jedes Handy darin: Mit ihr allein kann man die Codes aller Benutzer erzeugen. Sie kommt so, wie sie ist, in Ihren Download-Ordner, wo Sicherungen, synchronisierte Ordner und andere Programme sie finden.',
  understand: 'Ich habe verstanden und lösche die Datei, wenn ich sie verwendet habe',
  exportPlain: 'Ohne Verschlüsselung exportieren',
  whoCanRead: 'Wer sie lesen kann',
  youWithAge: 'Sie, mit Ihrem age-Schlüssel (empfohlen)',
  youWithAgeHint: 'Verschlüsselt, bevor sie auf Ihre Festplatte kommt.',
  anyone: 'Alle, die die Datei bekommen',
  anyoneHint: 'Nicht verschlüsselt. Für Programme auf diesem Rechner, die sie sofort lesen.',
  publicKey: 'Ihr öffentlicher Schlüssel',
  publicKeyHint: (code: (words: string) => ReactNode) => (
    <>
      Die Zeile, die {code('age-keygen -o key.txt')} ausgibt. Bewahren Sie key.txt auf: Ohne sie kann man die
      Datei nicht lesen.{' '}
    </>
  ),
  whatAgeIs: 'Was age ist',
  whatYouTake: 'Was Sie mitnehmen',
  inFile: (strong: (words: string) => ReactNode) => (
    <>
      {strong('In der Datei:')} jeder bestätigte Authenticator jedes Benutzers, mit seinem Geheimnis. Kein
      Benutzer muss noch einmal einen QR-Code scannen.
    </>
  ),
  notInFile: (strong: (words: string) => ReactNode) => (
    <>
      {strong('Nicht in der Datei:')} Wiederherstellungscodes, von denen Kanda nur Fingerabdrücke hat, sodass
      Ihre Benutzer neue brauchen; Authenticatoren, die auf ihren ersten Code warten; vertraute Geräte; das
      Protokoll, API-Schlüssel und die Richtlinie.
    </>
  ),
  inLog: (strong: (words: string) => ReactNode) => (
    <>{strong('Im Protokoll:')} ein Ereignis für den Export und eines für jeden Benutzer.</>
  ),
  stopFirst:
    'Wenn Sie umziehen, hören Sie hier zuerst auf, Codes zu prüfen: Ein Code, der nach dem Export angenommen wird, ist der anderen Seite unbekannt. ',
  movingOut: 'Umziehen',
  broke:
    'Die Verbindung brach ab, bevor der Export vollständig war. Es wurde nichts gespeichert: Exportieren Sie noch einmal.',
  unreachable: 'Der Server ist nicht erreichbar.',
  lastLine: 'Die letzte Zeile des Exports ist nicht vollständig. Exportieren Sie noch einmal.',
  otherVersion:
    'Diese Seite hat eine andere Version als der Server: Sie kann nicht lesen, was kam. Laden Sie sie neu, und exportieren Sie noch einmal.',
  browserStopped:
    'Der Browser hat den Export angehalten. Versuchen Sie es noch einmal, oder nehmen Sie `kanda export`.',
  exporting: 'Wird exportiert',
  cancel: 'Abbrechen',
  exported: 'Exportiert',
  inDownloads: (name: ReactNode, secrets: ReactNode) => (
    <>
      {name} ist in Ihren Downloads{secrets}
    </>
  ),
  withSecrets: (secrets: string | number) => `, mit ${secrets}.`,
  howToDecrypt: 'Wie Sie die Datei entschlüsseln',
  copyCommand: 'Befehl kopieren',
  keepNoCopy:
    'Bewahren Sie keine Kopie auf, die Sie nicht brauchen, und löschen Sie die Datei, wenn dort alles funktioniert, wohin Sie umgezogen sind.',
  whatLogSays: 'Was das Protokoll dazu sagt',
  stopped:
    'Angehalten. Es wurde nichts gespeichert. Das Protokoll nennt die Benutzer, deren Geheimnisse bis dahin gelesen wurden.',
  notAgeKey:
    'Das ist nicht der öffentliche Schlüssel eines age-Empfängers. Er beginnt mit age1, und age-keygen gibt ihn aus.',
  uriTitle: 'otpauth://-Adressen',
};
