/** What a shell reads as itself: names, IPv4 and bracketed IPv6 addresses. */
const PLAIN_HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?|\[[0-9a-f:.]+\])$/i;

/**
 * Whether a host name can be put into a command that a reader copies. Browsers take names such as `a;id;.example`,
 * and the owner of a domain can have one lead to this server: the command would then be theirs.
 * @param hostname as `location.hostname`, without a port
 */
export function isPlainHost(hostname: string): boolean {
  return PLAIN_HOST.test(hostname);
}
