import type { HostedTexts } from './texts.ts';

/** With the spaces that no line may break at before two-part punctuation. */
export const fr: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Erreur\u00A0: {title}',
  start: {
    enrol: {
      title: 'Activer la connexion en deux étapes',
      text: 'Désormais, {name} vous demandera à la connexion un code fourni par une application de votre téléphone. Il vous faut une application d’authentification, par exemple Google Authenticator, Microsoft Authenticator ou 2FAS.',
      button: 'Commencer',
    },
    replace: {
      title: 'Configurer votre nouveau téléphone',
      text: 'Vous allez ajouter {name} à l’application d’authentification de votre nouveau téléphone. Il remplacera l’ancien.',
      button: 'Commencer',
    },
    challenge: {
      title: 'Confirmez que c’est bien vous',
      text: '{name} vous demande un code de votre application d’authentification. Gardez votre téléphone à portée de main.',
      button: 'Continuer',
    },
  },
  keepPrivate:
    'Ce lien vous est réservé. Ne le transférez pas et ne communiquez aucun code à une personne qui vous en demande un.',
  enrol: {
    title: 'Ajouter {name} à votre application',
    account: 'Votre compte\u00A0: {account}',
    addTitle: 'Scannez ce code',
    addText:
      'Ouvrez votre application d’authentification, choisissez d’ajouter un compte, puis visez ce code avec l’appareil photo.',
    qrAlt:
      'Code QR qui ajoute {name}, {account}, à une application d’authentification. La même clé est écrite ci-dessous.',
    openText: 'Vous lisez cette page sur le téléphone où se trouve l’application\u00A0?',
    openButton: 'Ouvrir dans l’application d’authentification',
    keyText:
      'Si vous ne pouvez pas scanner le code, saisissez cette clé dans l’application. Si elle vous le demande, choisissez «\u00A0basé sur le temps\u00A0».',
    confirmTitle: 'Saisissez le code affiché par l’application',
    confirmText: 'Le code change toutes les 30 secondes. Nous vérifions ainsi que tout fonctionne.',
    confirmButton: 'Confirmer',
    cancelButton: 'Annuler',
  },
  codeLabel: 'Code de l’application',
  challenge: {
    title: 'Saisissez votre code',
    text: 'Ouvrez votre application d’authentification et saisissez le code qu’elle affiche pour {name}.',
    button: 'Confirmer',
    recoveryTitle: 'Vous n’avez pas votre téléphone\u00A0?',
    recoveryText:
      'Utilisez l’un des codes de secours que vous avez enregistrés. Chacun ne fonctionne qu’une fois.',
    recoveryLabel: 'Code de secours',
    recoveryButton: 'Utiliser le code de secours',
  },
  recoveryCodes: {
    title: 'Enregistrez vos codes de secours',
    text: 'Si vous perdez votre téléphone, l’un de ces codes vous permettra de vous connecter à {name}. Chacun ne fonctionne qu’une fois.',
    keepText:
      'Imprimez-les ou conservez-les dans un gestionnaire de mots de passe. Ils ne seront plus affichés.',
    listLabel: 'Codes de secours',
    button: 'J’ai enregistré les codes',
    closeText: 'Une fois les codes enregistrés, vous pouvez fermer cette page.',
  },
  done: {
    title: 'C’est fait',
    text: 'Le code était correct. Revenez à {name} pour continuer.',
    button: 'Revenir à {name}',
    closeText: 'Le code était correct. Vous pouvez fermer cette page.',
  },
  ended: {
    unknown: {
      title: 'Ce lien ne fonctionne pas',
      text: 'Vérifiez que vous avez ouvert le lien en entier. S’il ne fonctionne toujours pas, demandez-en un nouveau à {name}.',
    },
    expired: { title: 'Ce lien a expiré', text: 'Demandez-en un nouveau à {name}.' },
    used: {
      title: 'Ce lien a déjà été utilisé',
      text: 'Un lien ne fonctionne qu’une fois. Si ce n’est pas vous qui l’avez utilisé, prévenez {name}.',
    },
    cancelled: {
      title: 'Ce lien a été annulé',
      text: 'Rien n’a été modifié. Si vous en avez encore besoin, demandez un nouveau lien à {name}.',
    },
    down: {
      title: 'Veuillez réessayer',
      text: 'L’enregistrement est impossible pour le moment. Rechargez la page dans une minute.',
    },
    unavailable: {
      title: 'C’est impossible pour le moment',
      text: 'Rien n’a été modifié. Ce n’est pas votre faute : veuillez contacter {name}.',
    },
    full: {
      title: 'Aucune autre personne ne peut être ajoutée',
      text: '{name} a atteint une limite et rien n’a été enregistré. Veuillez contacter {name}.',
    },
    busy: {
      title: 'Trop de tentatives',
      text: 'Cette page a été utilisée trop souvent en peu de temps. Votre code n’a pas été vérifié.',
    },
    unreadable: {
      title: 'La saisie est illisible',
      text: 'Rien n’a été enregistré. Revenez en arrière et saisissez seulement le code, tel que l’application l’affiche.',
    },
    foreign: {
      title: 'Veuillez rouvrir votre lien',
      text: 'Cette demande ne venait pas de la page de votre lien : rien n’a été fait.',
    },
  },
  offline: {
    title: 'Pas de connexion',
    text: 'Le chargement a échoué. Vérifiez votre connexion à Internet.',
    button: 'Essayer de nouveau',
  },
  problems: {
    malformed: 'Saisissez le code tel que l’application l’affiche, uniquement des chiffres.',
    wrong:
      'Ce code n’a pas fonctionné. Attendez le suivant et saisissez-le. Si aucun ne fonctionne, réglez l’heure de votre téléphone sur automatique.',
    used: 'Ce code a déjà été utilisé. Attendez le suivant.',
    recoveryMalformed: 'Saisissez le code de secours tel qu’il vous a été affiché.',
    recoveryWrong:
      'Ce code de secours n’a pas fonctionné. Vérifiez qu’il ne contient pas de faute de frappe.',
    recoveryUsed: 'Ce code de secours a déjà été utilisé. Prenez-en un autre.',
    locked: 'Trop de codes erronés ont été saisis.',
    wait: 'Encore un code erroné. Patientez un peu avant de saisir le suivant.',
    tooMany: 'Il y a eu trop de tentatives.',
    newKey:
      'Trop de codes erronés ont été saisis. Voici donc une nouvelle clé\u00A0: supprimez l’entrée que vous avez ajoutée à l’application, puis ajoutez celle-ci.',
    notNow:
      'Les codes ne peuvent pas être vérifiés pour le moment. Vous n’y êtes pour rien\u00A0: contactez {name}.',
    retryAfter: 'Réessayez dans {duration}.',
  },
};
