import type { HostedTexts } from './texts.ts';

export const es: HostedTexts = {
  direction: 'ltr',
  errorTitle: 'Hay un error: {title}',
  start: {
    enrol: {
      title: 'Activa el inicio de sesión en dos pasos',
      text: 'A partir de ahora, {name} te pedirá al iniciar sesión un código de una aplicación de tu teléfono. Necesitas una aplicación de autenticación, como Google Authenticator, Microsoft Authenticator o 2FAS.',
      button: 'Empezar',
    },
    replace: {
      title: 'Configura tu nuevo teléfono',
      text: 'Vas a añadir {name} a la aplicación de autenticación de tu nuevo teléfono. Sustituirá al que usabas hasta ahora.',
      button: 'Empezar',
    },
    challenge: {
      title: 'Confirma que eres tú',
      text: '{name} te pide un código de tu aplicación de autenticación. Ten tu teléfono a mano.',
      button: 'Continuar',
    },
  },
  keepPrivate: 'Este enlace es solo para ti. No lo reenvíes ni des un código a nadie que te lo pida.',
  enrol: {
    title: 'Añade {name} a tu aplicación',
    account: 'Tu cuenta: {account}',
    addTitle: 'Escanea este código',
    addText:
      'Abre tu aplicación de autenticación, elige añadir una cuenta y apunta con la cámara a este código.',
    qrAlt:
      'Código QR que añade {name}, {account}, a una aplicación de autenticación. La misma clave está escrita debajo.',
    openText: '¿Estás leyendo esto en el teléfono que tiene la aplicación?',
    openButton: 'Abrir en la aplicación de autenticación',
    keyText:
      'Si no puedes escanear el código, escribe esta clave en la aplicación. Si te lo pregunta, elige «basado en el tiempo».',
    confirmTitle: 'Escribe el código que muestra la aplicación',
    confirmText: 'El código cambia cada 30 segundos. Así comprobamos que todo funciona.',
    confirmButton: 'Confirmar',
    cancelButton: 'Cancelar',
  },
  codeLabel: 'Código de la aplicación',
  challenge: {
    title: 'Escribe tu código',
    text: 'Abre tu aplicación de autenticación y escribe el código que muestra para {name}.',
    button: 'Confirmar',
    recoveryTitle: '¿No tienes tu teléfono?',
    recoveryText: 'Usa uno de los códigos de recuperación que guardaste. Cada uno sirve una sola vez.',
    recoveryLabel: 'Código de recuperación',
    recoveryButton: 'Usar el código de recuperación',
  },
  recoveryCodes: {
    title: 'Guarda tus códigos de recuperación',
    text: 'Si pierdes tu teléfono, podrás iniciar sesión en {name} con uno de estos códigos. Cada uno sirve una sola vez.',
    keepText: 'Imprímelos o guárdalos en un gestor de contraseñas. No se volverán a mostrar.',
    listLabel: 'Códigos de recuperación',
    button: 'He guardado los códigos',
    closeText: 'Cuando los hayas guardado, puedes cerrar esta página.',
  },
  done: {
    title: 'Listo',
    text: 'El código era correcto. Vuelve a {name} para continuar.',
    button: 'Volver a {name}',
    closeText: 'El código era correcto. Puedes cerrar esta página.',
  },
  ended: {
    unknown: {
      title: 'Este enlace no funciona',
      text: 'Comprueba que has abierto el enlace completo. Si sigue sin funcionar, pide uno nuevo a {name}.',
    },
    expired: { title: 'Este enlace ha caducado', text: 'Pide uno nuevo a {name}.' },
    used: {
      title: 'Este enlace ya se ha usado',
      text: 'Un enlace sirve una sola vez. Si no lo usaste tú, avisa a {name}.',
    },
    cancelled: {
      title: 'Este enlace se ha cancelado',
      text: 'No se ha cambiado nada. Si aún lo necesitas, pide un enlace nuevo a {name}.',
    },
    down: {
      title: 'Inténtalo de nuevo',
      text: 'En este momento no se puede guardar. Vuelve a cargar la página dentro de un minuto.',
    },
    unavailable: {
      title: 'Ahora mismo no es posible',
      text: 'No se ha cambiado nada. No es culpa tuya: ponte en contacto con {name}.',
    },
    full: {
      title: 'No se puede configurar a nadie más',
      text: '{name} ha alcanzado un límite y no se ha guardado nada. Ponte en contacto con {name}.',
    },
    busy: {
      title: 'Demasiados intentos seguidos',
      text: 'Esta página se ha usado demasiadas veces en poco tiempo. Tu código no se ha comprobado.',
    },
    unreadable: {
      title: 'No se ha podido leer',
      text: 'No se ha guardado nada. Vuelve atrás y escribe solo el código, tal como lo muestra la aplicación.',
    },
    foreign: {
      title: 'Abre tu enlace de nuevo',
      text: 'Esto no venía de la página de tu enlace, así que no se ha hecho nada.',
    },
  },
  offline: {
    title: 'Sin conexión',
    text: 'No se ha podido cargar. Comprueba tu conexión a internet.',
    button: 'Reintentar',
  },
  problems: {
    malformed: 'Escribe el código tal como lo muestra la aplicación, solo cifras.',
    wrong:
      'Ese código no ha funcionado. Espera al siguiente y escríbelo. Si ninguno funciona, pon la hora de tu teléfono en automático.',
    used: 'Ese código ya se ha usado. Espera al siguiente.',
    recoveryMalformed: 'Escribe el código de recuperación tal como se te mostró.',
    recoveryWrong: 'Ese código de recuperación no ha funcionado. Comprueba si hay algún error al escribirlo.',
    recoveryUsed: 'Ese código de recuperación ya se ha usado. Usa otro.',
    locked: 'Se han introducido demasiados códigos incorrectos.',
    wait: 'Otro código incorrecto. Espera un momento antes de escribir el siguiente.',
    tooMany: 'Ha habido demasiados intentos.',
    newKey:
      'Se han introducido demasiados códigos incorrectos. Por eso esta es una clave nueva: borra la entrada que añadiste a la aplicación y añade esta.',
    notNow:
      'En este momento no se pueden comprobar los códigos. No es culpa tuya: ponte en contacto con {name}.',
    retryAfter: 'Inténtalo de nuevo dentro de {duration}.',
  },
};
