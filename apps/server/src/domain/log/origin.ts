const INSTALLATION_LOG = 'installation';

/** The origin of an account's log (C2SP tlog-checkpoint); of the installation's own, when `accountPublicId` is null. */
export function originOf(accountPublicId: string | null): string {
  return `kanda/${accountPublicId ?? INSTALLATION_LOG}`;
}
