/** Where webhooks may be sent. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import { webhookUrlRefused } from '../../domain/webhooks/faults.ts';
import { MAX_URL_LENGTH } from '../../domain/webhooks/webhook.ts';

/**
 * IPv4 that no receiver on the internet has: this network, private, shared (CGNAT), loopback, link-local with the metadata
 * services of clouds, protocol assignments, documentation, relays, benchmarks, multicast, reserved, broadcast (RFC 6890).
 */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * IPv6 that is public is in 2000::/3: loopback, unique local, link-local, multicast, IPv4 in IPv6 and NAT64 are not. Of it
 * these are not either: protocol assignments with Teredo, documentation, 6to4, documentation.
 */
const PUBLIC_V6 = ['2000::', 3] as const;
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

/** Judges addresses, not names: what a name leads to is judged when it is connected to (post.ts). */
export class WebhookAddresses {
  readonly #notPublic = new BlockList();
  readonly #v6 = new BlockList();
  readonly #mapped = new BlockList();
  /** One for each family: a BlockList compares IPv4 with networks of IPv6, too, so that ::/0 would allow all of it. */
  readonly #allowed = { ipv4: new BlockList(), ipv6: new BlockList() };
  readonly #allowsAny: boolean;

  /** @param allow networks as `10.0.0.0/8` or addresses, to which webhooks may be sent whatever they are */
  constructor(allow: readonly string[]) {
    for (const [network, bits] of NOT_PUBLIC_V4) this.#notPublic.addSubnet(network, bits, 'ipv4');
    for (const [network, bits] of NOT_PUBLIC_V6) this.#notPublic.addSubnet(network, bits, 'ipv6');
    this.#v6.addSubnet(...PUBLIC_V6, 'ipv6');
    this.#mapped.addSubnet('::ffff:0:0', 96, 'ipv6');
    for (const entry of allow) {
      const [address = '', bits] = entry.split('/');
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#allowed[family].addAddress(address, family);
      else this.#allowed[family].addSubnet(address, Number(bits), family);
    }
    this.#allowsAny = allow.length > 0;
  }

  /**
   * Whether a connection to this address may be made.
   *
   * @param encrypted without TLS only listed networks are connected to
   */
  allows(address: string, encrypted: boolean): boolean {
    const version = isIP(address);
    // An IPv6 address with a zone is none that a BlockList takes.
    if (version === 0 || address.includes('%')) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    // IPv4 in IPv6 is allowed by networks of IPv4 alone.
    const isMapped = version === 6 && this.#mapped.check(address, 'ipv6');
    if (this.#allowed[isMapped ? 'ipv4' : family].check(address, family)) return true;
    if (!encrypted) return false;
    if (version === 6 && !this.#v6.check(address, 'ipv6')) return false;
    return !this.#notPublic.check(address, family);
  }

  /**
   * The URL in the form in which it is used, in which no address has another notation. Faults: webhook_url_refused, when
   * nothing would ever be sent there.
   */
  accept(text: string): string {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !['http:', 'https:'].includes(url.protocol)) {
      throw webhookUrlRefused('it is not an absolute https:// URL');
    }
    if (url.username !== '' || url.password !== '') {
      throw webhookUrlRefused('it contains a user name or password; the signature says that Kanda sent it');
    }
    url.hash = '';
    if (url.href.length > MAX_URL_LENGTH) {
      throw webhookUrlRefused(`it is longer than ${MAX_URL_LENGTH} characters`);
    }
    const encrypted = url.protocol === 'https:';
    const host = hostOf(url);
    if (isIP(host) !== 0 && !this.allows(host, encrypted)) {
      throw webhookUrlRefused(
        encrypted
          ? `${host} is not a public address, and the operator did not allow it (KANDA_WEBHOOK_ALLOW)`
          : `http:// is only for addresses that the operator allowed (KANDA_WEBHOOK_ALLOW)`,
      );
    }
    if (!encrypted && !this.#allowsAny) throw webhookUrlRefused('it begins with http://, not https://');
    return url.href;
  }
}

/** The host without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
