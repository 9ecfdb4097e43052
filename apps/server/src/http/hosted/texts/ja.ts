import type { HostedTexts } from './texts.ts';

export const ja: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'エラー：{title}',
  start: {
    enrol: {
      title: '2 段階認証の設定',
      text: '今後、{name} にログインするときに、スマートフォンのアプリに表示されるコードの入力が必要になります。Google Authenticator、Microsoft Authenticator、2FAS などの認証アプリをご用意ください。',
      button: '開始する',
    },
    replace: {
      title: '新しいスマートフォンの設定',
      text: '新しいスマートフォンの認証アプリに {name} を追加します。これまでのスマートフォンに代わって使われるようになります。',
      button: '開始する',
    },
    challenge: {
      title: 'ご本人の確認',
      text: '{name} が認証アプリのコードを求めています。スマートフォンをお手元にご用意ください。',
      button: '続ける',
    },
  },
  keepPrivate:
    'このリンクはあなた専用です。転送しないでください。また、コードを尋ねられても、誰にも教えないでください。',
  enrol: {
    title: '認証アプリに {name} を追加',
    account: 'アカウント：{account}',
    addTitle: 'QR コードをスキャン',
    addText: '認証アプリを開き、アカウントの追加を選んで、カメラをこの QR コードに向けてください。',
    qrAlt: '認証アプリに {name}（{account}）を追加する QR コード。同じキーが下に記載されています。',
    openText: '認証アプリの入ったスマートフォンでご覧の場合',
    openButton: '認証アプリで開く',
    keyText:
      'QR コードをスキャンできない場合は、このキーをアプリに入力してください。種類を選ぶ画面では「時間ベース」を選んでください。',
    confirmTitle: 'アプリに表示されたコードを入力',
    confirmText: 'コードは 30 秒ごとに変わります。正しく設定されたことをこれで確認します。',
    confirmButton: '確認',
    cancelButton: 'キャンセル',
  },
  codeLabel: 'アプリのコード',
  challenge: {
    title: 'コードを入力',
    text: '認証アプリを開き、{name} に表示されているコードを入力してください。',
    button: '確認',
    recoveryTitle: 'スマートフォンが使えませんか？',
    recoveryText: '保存しておいたリカバリーコードを 1 つ使ってください。どのコードも 1 回だけ使えます。',
    recoveryLabel: 'リカバリーコード',
    recoveryButton: 'リカバリーコードを使う',
  },
  recoveryCodes: {
    title: 'リカバリーコードを保存',
    text: 'スマートフォンを紛失したときは、次のいずれかのコードで {name} にログインできます。どのコードも 1 回だけ使えます。',
    keepText: '印刷するか、パスワードマネージャーに保存してください。再び表示することはできません。',
    listLabel: 'リカバリーコード',
    button: 'コードを保存しました',
    closeText: '保存が済んだら、このページを閉じてかまいません。',
  },
  done: {
    title: '完了しました',
    text: 'コードが確認されました。{name} に戻って続けてください。',
    button: '{name} に戻る',
    closeText: 'コードが確認されました。このページを閉じてかまいません。',
  },
  ended: {
    unknown: {
      title: 'このリンクは使えません',
      text: 'リンク全体を開いたかどうかご確認ください。それでも使えない場合は、{name} に新しいリンクをご依頼ください。',
    },
    expired: {
      title: 'このリンクは有効期限が切れています',
      text: '{name} に新しいリンクをご依頼ください。',
    },
    used: {
      title: 'このリンクは使用済みです',
      text: 'リンクは 1 回だけ使えます。使った覚えがない場合は、{name} にお知らせください。',
    },
    cancelled: {
      title: 'このリンクは取り消されました',
      text: '何も変更されていません。まだ必要な場合は、{name} に新しいリンクをご依頼ください。',
    },
    unavailable: {
      title: 'もう一度お試しください',
      text: '現在、保存できません。1 分ほどしてからページを再読み込みしてください。',
    },
  },
  problems: {
    malformed: 'アプリに表示されたとおりに、数字だけを入力してください。',
    wrong:
      'このコードは正しくありません。次のコードが表示されるのを待って入力してください。どのコードも使えない場合は、スマートフォンの時刻を自動設定にしてください。',
    used: 'このコードは使用済みです。次のコードが表示されるまでお待ちください。',
    recoveryMalformed: 'リカバリーコードを表示されたとおりに入力してください。',
    recoveryWrong: 'このリカバリーコードは正しくありません。入力に誤りがないかご確認ください。',
    recoveryUsed: 'このリカバリーコードは使用済みです。別のコードを使ってください。',
    locked: '間違ったコードが何度も入力されました。',
    wait: 'コードがまた間違っています。少し待ってから次のコードを入力してください。',
    tooMany: '試行回数が多すぎます。',
    clockAhead: '現在、コードを確認できません。お客様に原因はありません。{name} にお問い合わせください。',
    retryAfter: '{duration}後にもう一度お試しください。',
  },
};
