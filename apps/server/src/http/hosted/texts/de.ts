import type { HostedTexts } from './texts.ts';

/** Long words have a mark where they may be broken on a narrow screen. */
export const de: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Fehler: {title}',
  start: {
    enrol: {
      title: 'Zwei-Faktor-Anmeldung einrichten',
      text: '{name} fragt künftig bei der Anmeldung nach einem Code aus einer App auf Ihrem Handy. Sie brauchen dafür eine Authenticator-App, zum Beispiel Google Authenticator, Microsoft Authenticator oder 2FAS.',
      button: 'Los geht’s',
    },
    replace: {
      title: 'Neues Handy einrichten',
      text: 'Sie fügen {name} in der Authenticator-App auf Ihrem neuen Handy hinzu. Es ersetzt das bisherige.',
      button: 'Los geht’s',
    },
    challenge: {
      title: 'Bestätigen Sie, dass Sie es sind',
      text: '{name} fragt nach einem Code aus Ihrer Authenticator-App. Halten Sie Ihr Handy bereit.',
      button: 'Weiter',
    },
  },
  keepPrivate:
    'Dieser Link ist nur für Sie bestimmt. Leiten Sie ihn nicht weiter und geben Sie niemandem einen Code, der danach fragt.',
  enrol: {
    title: '{name} zur App hinzufügen',
    account: 'Ihr Konto: {account}',
    addTitle: 'Code scannen',
    addText:
      'Öffnen Sie Ihre Authenticator-App, fügen Sie dort ein Konto hinzu und richten Sie die Kamera auf diesen Code.',
    qrAlt:
      'QR-Code, der {name}, {account}, zu einer Authenticator-App hinzufügt. Derselbe Schlüssel steht darunter.',
    openText: 'Lesen Sie das auf dem Handy, auf dem auch die App ist?',
    openButton: 'In der Authenticator-App öffnen',
    keyText:
      'Wenn Sie den Code nicht scannen können, tippen Sie diesen Schlüssel in die App ein. Falls die App fragt, wählen Sie „zeitbasiert“.',
    confirmTitle: 'Code aus der App eingeben',
    confirmText: 'Der Code wechselt alle 30 Sekunden. So sehen wir, dass alles funktioniert.',
    confirmButton: 'Bestätigen',
    cancelButton: 'Abbrechen',
  },
  codeLabel: 'Code aus der App',
  challenge: {
    title: 'Code eingeben',
    text: 'Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie für {name} anzeigt.',
    button: 'Bestätigen',
    recoveryTitle: 'Handy nicht zur Hand?',
    recoveryText:
      'Nehmen Sie einen der Wiederherstellungs\u00ADcodes, die Sie gespeichert haben. Jeder gilt einmal.',
    recoveryLabel: 'Wiederherstellungs\u00ADcode',
    recoveryButton: 'Wiederherstellungs\u00ADcode verwenden',
  },
  recoveryCodes: {
    title: 'Wiederherstellungs\u00ADcodes speichern',
    text: 'Wenn Sie Ihr Handy verlieren, können Sie sich bei {name} mit einem dieser Codes anmelden. Jeder gilt einmal.',
    keepText:
      'Drucken Sie sie aus oder bewahren Sie sie in einem Passwort-Manager auf. Sie werden nicht noch einmal angezeigt.',
    listLabel: 'Wiederherstellungs\u00ADcodes',
    button: 'Ich habe die Codes gespeichert',
    closeText: 'Wenn Sie sie gespeichert haben, können Sie diese Seite schließen.',
  },
  done: {
    title: 'Fertig',
    text: 'Der Code war richtig. Kehren Sie zu {name} zurück, um fortzufahren.',
    button: 'Zurück zu {name}',
    closeText: 'Der Code war richtig. Sie können diese Seite schließen.',
  },
  ended: {
    unknown: {
      title: 'Dieser Link funktioniert nicht',
      text: 'Prüfen Sie, ob Sie den vollständigen Link geöffnet haben. Wenn er auch dann nicht funktioniert, bitten Sie {name} um einen neuen.',
    },
    expired: { title: 'Dieser Link ist abgelaufen', text: 'Bitten Sie {name} um einen neuen.' },
    used: {
      title: 'Dieser Link wurde schon verwendet',
      text: 'Ein Link gilt nur einmal. Wenn nicht Sie ihn verwendet haben, geben Sie {name} Bescheid.',
    },
    cancelled: {
      title: 'Dieser Link wurde zurückgezogen',
      text: 'Es wurde nichts geändert. Wenn Sie noch einen brauchen, bitten Sie {name} um einen neuen Link.',
    },
    down: {
      title: 'Bitte versuchen Sie es noch einmal',
      text: 'Das kann im Moment nicht gespeichert werden. Laden Sie die Seite in einer Minute neu.',
    },
    unavailable: {
      title: 'Das geht im Moment nicht',
      text: 'Es wurde nichts geändert. Es liegt nicht an Ihnen: Wenden Sie sich bitte an {name}.',
    },
    full: {
      title: 'Es kann niemand mehr eingerichtet werden',
      text: '{name} hat eine Grenze erreicht, es wurde nichts gespeichert. Wenden Sie sich bitte an {name}.',
    },
    busy: {
      title: 'Zu viele Versuche',
      text: 'Diese Seite wurde in kurzer Zeit zu oft benutzt. Ihr Code wurde nicht geprüft.',
    },
    unreadable: {
      title: 'Das war nicht lesbar',
      text: 'Es wurde nichts gespeichert. Gehen Sie zurück und geben Sie nur den Code ein, wie ihn die App zeigt.',
    },
    foreign: {
      title: 'Bitte öffnen Sie Ihren Link noch einmal',
      text: 'Das kam nicht von der Seite Ihres Links, deshalb wurde nichts getan.',
    },
  },
  offline: {
    title: 'Keine Verbindung',
    text: 'Das konnte nicht geladen werden. Prüfen Sie Ihre Internetverbindung.',
    button: 'Noch einmal versuchen',
  },
  problems: {
    malformed: 'Geben Sie den Code so ein, wie ihn die App zeigt: nur Ziffern.',
    wrong:
      'Dieser Code hat nicht funktioniert. Warten Sie auf den nächsten und geben Sie ihn ein. Wenn keiner funktioniert, stellen Sie die Uhr Ihres Handys auf automatisch.',
    used: 'Dieser Code wurde schon verwendet. Warten Sie auf den nächsten.',
    recoveryMalformed: 'Geben Sie den Wiederherstellungs\u00ADcode so ein, wie er Ihnen angezeigt wurde.',
    recoveryWrong:
      'Dieser Wiederherstellungs\u00ADcode hat nicht funktioniert. Prüfen Sie ihn auf Tippfehler.',
    recoveryUsed: 'Dieser Wiederherstellungs\u00ADcode wurde schon verwendet. Nehmen Sie einen anderen.',
    locked: 'Es wurden zu viele falsche Codes eingegeben.',
    wait: 'Das war ein falscher Code zu viel. Warten Sie einen Moment, bevor Sie den nächsten eingeben.',
    tooMany: 'Es gab zu viele Versuche.',
    newKey:
      'Es wurden zu viele falsche Codes eingegeben. Das ist deshalb ein neuer Schlüssel: Löschen Sie den Eintrag, den Sie in der App angelegt haben, und fügen Sie diesen hinzu.',
    notNow:
      'Codes können im Moment nicht geprüft werden. Es liegt nicht an Ihnen: Bitte wenden Sie sich an {name}.',
    retryAfter: 'Versuchen Sie es in {duration} noch einmal.',
  },
};
