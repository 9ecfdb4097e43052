import type { HostedTexts } from './texts.ts';

/** In simplified characters. */
export const zh: HostedTexts = {
  direction: 'ltr',
  errorTitle: '错误：{title}',
  start: {
    enrol: {
      title: '设置两步验证',
      text: '今后登录 {name} 时，您需要输入手机应用中显示的验证码。请准备一个身份验证器应用，例如 Google Authenticator、Microsoft Authenticator 或 2FAS。',
      button: '开始',
    },
    replace: {
      title: '设置新手机',
      text: '您将在新手机的身份验证器应用中添加 {name}，它将取代您以前使用的手机。',
      button: '开始',
    },
    challenge: {
      title: '确认是您本人',
      text: '{name} 需要您身份验证器应用中的验证码。请准备好手机。',
      button: '继续',
    },
  },
  keepPrivate: '此链接仅供您本人使用。请勿转发，也不要将验证码告诉任何向您索要的人。',
  enrol: {
    title: '将 {name} 添加到应用',
    account: '您的账号：{account}',
    addTitle: '扫描二维码',
    addText: '打开身份验证器应用，选择添加账号，然后将摄像头对准此二维码。',
    qrAlt: '用于将 {name}（{account}）添加到身份验证器应用的二维码。下方写有相同的密钥。',
    openText: '身份验证器应用就在这部手机上？',
    openButton: '在身份验证器应用中打开',
    keyText: '如果无法扫描二维码，请在应用中输入此密钥。如果应用询问类型，请选择“基于时间”。',
    confirmTitle: '输入应用显示的验证码',
    confirmText: '验证码每 30 秒更新一次。我们以此确认一切正常。',
    confirmButton: '确认',
    cancelButton: '取消',
  },
  codeLabel: '应用中的验证码',
  challenge: {
    title: '输入验证码',
    text: '打开身份验证器应用，输入其中为 {name} 显示的验证码。',
    button: '确认',
    recoveryTitle: '手机不在身边？',
    recoveryText: '请使用您保存的一个恢复代码。每个代码只能使用一次。',
    recoveryLabel: '恢复代码',
    recoveryButton: '使用恢复代码',
  },
  recoveryCodes: {
    title: '保存恢复代码',
    text: '如果您的手机丢失，可以用其中一个代码登录 {name}。每个代码只能使用一次。',
    keepText: '请打印这些代码，或将其保存在密码管理器中。它们不会再次显示。',
    listLabel: '恢复代码列表',
    button: '我已保存代码',
    closeText: '保存之后，您可以关闭此页面。',
  },
  done: {
    title: '完成',
    text: '验证码正确。请返回 {name} 继续操作。',
    button: '返回 {name}',
    closeText: '验证码正确。您可以关闭此页面。',
  },
  ended: {
    unknown: {
      title: '此链接无效',
      text: '请检查您打开的链接是否完整。如果仍然无效，请向 {name} 索取新链接。',
    },
    expired: { title: '此链接已过期', text: '请向 {name} 索取新链接。' },
    used: { title: '此链接已被使用', text: '每个链接只能使用一次。如果不是您本人使用的，请告知 {name}。' },
    cancelled: {
      title: '此链接已取消',
      text: '没有任何更改。如果您仍然需要，请向 {name} 索取新链接。',
    },
    unavailable: { title: '请重试', text: '目前无法保存。请在一分钟后重新加载此页面。' },
  },
  problems: {
    malformed: '请按应用显示的内容输入验证码，只输入数字。',
    wrong: '验证码不正确。请等待下一个验证码出现后再输入。如果一直不正确，请将手机时间设为自动。',
    used: '此验证码已被使用。请等待下一个验证码。',
    recoveryMalformed: '请按显示给您的内容输入恢复代码。',
    recoveryWrong: '恢复代码不正确。请检查是否有输入错误。',
    recoveryUsed: '此恢复代码已被使用。请使用另一个。',
    locked: '输入错误的次数过多。',
    wait: '验证码再次输入错误。请稍等片刻再输入下一个。',
    tooMany: '尝试次数过多。',
    clockAhead: '目前无法检查验证码。这不是您的问题，请联系 {name}。',
    retryAfter: '请在{duration}后重试。',
  },
};
