import type { HostedTexts } from './texts.ts';

export const it: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Errore: {title}',
  start: {
    enrol: {
      title: 'Attiva l’accesso in due passaggi',
      text: 'D’ora in poi {name} ti chiederà, quando accedi, un codice di un’app sul tuo telefono. Ti serve un’app di autenticazione, per esempio Google Authenticator, Microsoft Authenticator o 2FAS.',
      button: 'Inizia',
    },
    replace: {
      title: 'Configura il tuo nuovo telefono',
      text: 'Aggiungerai {name} all’app di autenticazione sul tuo nuovo telefono, che sostituirà quello usato finora.',
      button: 'Inizia',
    },
    challenge: {
      title: 'Conferma che sei tu',
      text: '{name} ti chiede un codice della tua app di autenticazione. Tieni il telefono a portata di mano.',
      button: 'Continua',
    },
  },
  keepPrivate: 'Questo link è solo per te. Non inoltrarlo e non dare un codice a chi te lo chiede.',
  enrol: {
    title: 'Aggiungi {name} alla tua app',
    account: 'Il tuo account: {account}',
    addTitle: 'Scansiona questo codice',
    addText: 'Apri la tua app di autenticazione, scegli di aggiungere un account e inquadra questo codice.',
    qrAlt:
      'Codice QR che aggiunge {name}, {account}, a un’app di autenticazione. La stessa chiave è scritta qui sotto.',
    openText: 'Stai leggendo questa pagina sul telefono con l’app?',
    openButton: 'Apri nell’app di autenticazione',
    keyText:
      'Se non puoi scansionare il codice, digita questa chiave nell’app. Se te lo chiede, scegli «basata sul tempo».',
    confirmTitle: 'Inserisci il codice mostrato dall’app',
    confirmText: 'Il codice cambia ogni 30 secondi. Così verifichiamo che tutto funzioni.',
    confirmButton: 'Conferma',
    cancelButton: 'Annulla',
  },
  codeLabel: 'Codice dell’app',
  challenge: {
    title: 'Inserisci il codice',
    text: 'Apri la tua app di autenticazione e inserisci il codice che mostra per {name}.',
    button: 'Conferma',
    recoveryTitle: 'Non hai il telefono con te?',
    recoveryText: 'Usa uno dei codici di recupero che hai salvato. Ognuno vale una volta sola.',
    recoveryLabel: 'Codice di recupero',
    recoveryButton: 'Usa il codice di recupero',
  },
  recoveryCodes: {
    title: 'Salva i tuoi codici di recupero',
    text: 'Se perdi il telefono, potrai accedere a {name} con uno di questi codici. Ognuno vale una volta sola.',
    keepText: 'Stampali o conservali in un gestore di password. Non verranno mostrati di nuovo.',
    listLabel: 'Codici di recupero',
    button: 'Ho salvato i codici',
    closeText: 'Quando li hai salvati, puoi chiudere questa pagina.',
  },
  done: {
    title: 'Fatto',
    text: 'Il codice era giusto. Torna a {name} per continuare.',
    button: 'Torna a {name}',
    closeText: 'Il codice era giusto. Puoi chiudere questa pagina.',
  },
  ended: {
    unknown: {
      title: 'Questo link non funziona',
      text: 'Controlla di aver aperto il link per intero. Se continua a non funzionare, chiedine uno nuovo a {name}.',
    },
    expired: { title: 'Questo link è scaduto', text: 'Chiedine uno nuovo a {name}.' },
    used: {
      title: 'Questo link è già stato usato',
      text: 'Un link vale una volta sola. Se non sei stato tu a usarlo, avvisa {name}.',
    },
    cancelled: {
      title: 'Questo link è stato annullato',
      text: 'Non è stato cambiato nulla. Se ti serve ancora, chiedi un nuovo link a {name}.',
    },
    down: {
      title: 'Riprova',
      text: 'Al momento non è possibile salvare. Ricarica la pagina tra un minuto.',
    },
    unavailable: {
      title: 'Al momento non è possibile',
      text: 'Non è stato cambiato nulla. Non è colpa tua: contatta {name}.',
    },
    full: {
      title: 'Non si può configurare nessun altro',
      text: '{name} ha raggiunto un limite e non è stato salvato nulla. Contatta {name}.',
    },
    busy: {
      title: 'Troppi tentativi',
      text: 'Questa pagina è stata usata troppo spesso in poco tempo. Il tuo codice non è stato controllato.',
    },
    unreadable: {
      title: 'Non è stato possibile leggere',
      text: 'Non è stato salvato nulla. Torna indietro e inserisci solo il codice, come lo mostra l’app.',
    },
    foreign: {
      title: 'Apri di nuovo il tuo link',
      text: 'Questo non veniva dalla pagina del tuo link, quindi non è stato fatto nulla.',
    },
  },
  offline: {
    title: 'Nessuna connessione',
    text: 'Non è stato possibile caricare. Controlla la tua connessione a Internet.',
    button: 'Prova ancora',
  },
  problems: {
    malformed: 'Inserisci il codice come lo mostra l’app, solo cifre.',
    wrong:
      'Questo codice non ha funzionato. Aspetta il prossimo e inseriscilo. Se nessuno funziona, imposta l’ora del telefono su automatica.',
    used: 'Questo codice è già stato usato. Aspetta il prossimo.',
    recoveryMalformed: 'Inserisci il codice di recupero così come ti è stato mostrato.',
    recoveryWrong: 'Questo codice di recupero non ha funzionato. Controlla se ci sono errori di battitura.',
    recoveryUsed: 'Questo codice di recupero è già stato usato. Usane un altro.',
    locked: 'Sono stati inseriti troppi codici sbagliati.',
    wait: 'Un altro codice sbagliato. Aspetta un momento prima di inserire il prossimo.',
    tooMany: 'Ci sono stati troppi tentativi.',
    newKey:
      'Sono stati inseriti troppi codici sbagliati. Questa è quindi una chiave nuova: elimina dall’app la voce che hai aggiunto e aggiungi questa.',
    notNow: 'Al momento non è possibile verificare i codici. Non dipende da te: contatta {name}.',
    retryAfter: 'Riprova tra {duration}.',
  },
};
