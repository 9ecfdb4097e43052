import type { HostedTexts } from './texts.ts';

/** As in Brazil, without words that Portugal does not use. */
export const pt: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Erro: {title}',
  start: {
    enrol: {
      title: 'Ative o acesso em duas etapas',
      text: 'A partir de agora, {name} vai pedir um código de um aplicativo do seu telefone quando você entrar. Você precisa de um aplicativo autenticador, como Google Authenticator, Microsoft Authenticator ou 2FAS.',
      button: 'Começar',
    },
    replace: {
      title: 'Configure o seu novo telefone',
      text: 'Você vai adicionar {name} ao aplicativo autenticador do seu novo telefone. Ele substitui o que você usava antes.',
      button: 'Começar',
    },
    challenge: {
      title: 'Confirme que é você',
      text: '{name} pede um código do seu aplicativo autenticador. Tenha o telefone à mão.',
      button: 'Continuar',
    },
  },
  keepPrivate: 'Este link é só para você. Não o encaminhe e não forneça um código a ninguém que peça.',
  enrol: {
    title: 'Adicione {name} ao seu aplicativo',
    account: 'Sua conta: {account}',
    addTitle: 'Leia este código',
    addText:
      'Abra o seu aplicativo autenticador, escolha adicionar uma conta e aponte a câmera para este código.',
    qrAlt:
      'Código QR que adiciona {name}, {account}, a um aplicativo autenticador. A mesma chave está escrita abaixo.',
    openText: 'Está lendo isto no telefone que tem o aplicativo?',
    openButton: 'Abrir no aplicativo autenticador',
    keyText:
      'Se não conseguir ler o código, digite esta chave no aplicativo. Se ele perguntar, escolha “baseado no tempo”.',
    confirmTitle: 'Digite o código que o aplicativo mostra',
    confirmText: 'O código muda a cada 30 segundos. Assim verificamos que tudo funciona.',
    confirmButton: 'Confirmar',
    cancelButton: 'Cancelar',
  },
  codeLabel: 'Código do aplicativo',
  challenge: {
    title: 'Digite o seu código',
    text: 'Abra o seu aplicativo autenticador e digite o código que ele mostra para {name}.',
    button: 'Confirmar',
    recoveryTitle: 'Está sem o seu telefone?',
    recoveryText: 'Use um dos códigos de recuperação que você guardou. Cada um funciona uma única vez.',
    recoveryLabel: 'Código de recuperação',
    recoveryButton: 'Usar o código de recuperação',
  },
  recoveryCodes: {
    title: 'Guarde os seus códigos de recuperação',
    text: 'Se perder o telefone, você poderá entrar em {name} com um destes códigos. Cada um funciona uma única vez.',
    keepText: 'Imprima-os ou guarde-os em um gerenciador de senhas. Eles não serão mostrados de novo.',
    listLabel: 'Códigos de recuperação',
    button: 'Guardei os códigos',
    closeText: 'Depois de guardá-los, você pode fechar esta página.',
  },
  done: {
    title: 'Pronto',
    text: 'O código estava correto. Volte para {name} para continuar.',
    button: 'Voltar para {name}',
    closeText: 'O código estava correto. Você pode fechar esta página.',
  },
  ended: {
    unknown: {
      title: 'Este link não funciona',
      text: 'Verifique se você abriu o link inteiro. Se ainda assim não funcionar, peça um novo a {name}.',
    },
    expired: { title: 'Este link expirou', text: 'Peça um novo a {name}.' },
    used: {
      title: 'Este link já foi usado',
      text: 'Um link funciona uma única vez. Se não foi você quem o usou, avise {name}.',
    },
    cancelled: {
      title: 'Este link foi cancelado',
      text: 'Nada foi alterado. Se ainda precisar, peça um novo link a {name}.',
    },
    down: {
      title: 'Tente novamente',
      text: 'Não é possível salvar neste momento. Recarregue a página daqui a um minuto.',
    },
    unavailable: {
      title: 'Isto não é possível no momento',
      text: 'Nada foi alterado. A culpa não é sua: entre em contato com {name}.',
    },
    full: {
      title: 'Não é possível configurar mais ninguém',
      text: '{name} atingiu um limite e nada foi salvo. Entre em contato com {name}.',
    },
    busy: {
      title: 'Tentativas demais',
      text: 'Esta página foi usada vezes demais em pouco tempo. Seu código não foi verificado.',
    },
    unreadable: {
      title: 'Não foi possível ler',
      text: 'Nada foi salvo. Volte e digite apenas o código, como o aplicativo o mostra.',
    },
    foreign: {
      title: 'Abra seu link novamente',
      text: 'Isto não veio da página do seu link, por isso nada foi feito.',
    },
  },
  offline: {
    title: 'Sem conexão com a internet',
    text: 'Não foi possível carregar. Verifique sua conexão com a internet.',
    button: 'Tentar de novo',
  },
  problems: {
    malformed: 'Digite o código como o aplicativo o mostra, só números.',
    wrong:
      'Esse código não funcionou. Espere pelo próximo e digite-o. Se nenhum funcionar, ajuste a hora do telefone para automática.',
    used: 'Esse código já foi usado. Espere pelo próximo.',
    recoveryMalformed: 'Digite o código de recuperação como ele foi mostrado a você.',
    recoveryWrong: 'Esse código de recuperação não funcionou. Verifique se há algum erro de digitação.',
    recoveryUsed: 'Esse código de recuperação já foi usado. Use outro.',
    locked: 'Foram digitados códigos errados demais.',
    wait: 'Mais um código errado. Espere um momento antes de digitar o próximo.',
    tooMany: 'Houve tentativas demais.',
    newKey:
      'Foram digitados códigos errados demais. Por isso, esta é uma chave nova: apague do aplicativo a entrada que você adicionou e adicione esta.',
    notNow: 'Não é possível verificar códigos neste momento. A culpa não é sua: entre em contato com {name}.',
    retryAfter: 'Tente novamente em {duration}.',
  },
};
