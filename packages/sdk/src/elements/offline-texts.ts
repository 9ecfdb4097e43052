/** What elements say when they reach no server: the languages of the pages of links. Written by tools/write-sdk.ts. */
interface OfflineTexts {
  readonly direction: 'ltr' | 'rtl';
  readonly title: string;
  readonly text: string;
  readonly button: string;
}

/** By language. */
export const OFFLINE_TEXTS: Readonly<Record<string, OfflineTexts>> = {
  en: {
    direction: 'ltr',
    title: 'No connection',
    text: 'This could not be loaded. Check your connection to the internet.',
    button: 'Try again',
  },
  de: {
    direction: 'ltr',
    title: 'Keine Verbindung',
    text: 'Das konnte nicht geladen werden. Prüfen Sie Ihre Internetverbindung.',
    button: 'Noch einmal versuchen',
  },
  fr: {
    direction: 'ltr',
    title: 'Pas de connexion',
    text: 'Le chargement a échoué. Vérifiez votre connexion à Internet.',
    button: 'Essayer de nouveau',
  },
  es: {
    direction: 'ltr',
    title: 'Sin conexión',
    text: 'No se ha podido cargar. Comprueba tu conexión a internet.',
    button: 'Reintentar',
  },
  pt: {
    direction: 'ltr',
    title: 'Sem conexão com a internet',
    text: 'Não foi possível carregar. Verifique sua conexão com a internet.',
    button: 'Tentar de novo',
  },
  it: {
    direction: 'ltr',
    title: 'Nessuna connessione',
    text: 'Non è stato possibile caricare. Controlla la tua connessione a Internet.',
    button: 'Prova ancora',
  },
  ja: {
    direction: 'ltr',
    title: '接続できません',
    text: '読み込めませんでした。インターネット接続をご確認ください。',
    button: '再試行',
  },
  zh: {
    direction: 'ltr',
    title: '无法连接',
    text: '未能加载。请检查您的网络连接。',
    button: '重试',
  },
  ar: {
    direction: 'rtl',
    title: 'لا يوجد اتصال',
    text: 'تعذّر التحميل. تحقق من اتصالك بالإنترنت.',
    button: 'إعادة المحاولة',
  },
};
