import { BlockList, isIP, SocketAddress } from 'node:net';

/** `[2001:db8::7]:443`, `[2001:db8::7]`, `192.0.2.7:5678`. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/**
 * The IP address in `text` in the one spelling under which it is logged, counted and trusted: without the port that
 * some proxies write, an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as IPv4, IPv6 as RFC 5952 has it. null when
 * there is none.
 */
export function plainAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const bare = bracketed ?? dotted ?? text;
  switch (isIP(bare)) {
    case 4:
      return bare;
    case 6:
      return plainIpv6(bare);
    default:
      return null;
  }
}

function plainIpv6(address: string): string {
  // What the system says of a peer of a socket that takes both families is already written so.
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // A zone belongs to this machine, and SocketAddress takes none.
  if (address.includes('%')) return address;
  const written = new SocketAddress({ address, family: 'ipv6' }).address;
  return MAPPED.exec(written)?.[1] ?? written;
}

/**
 * Whether an address is that of a proxy whose word is taken.
 * @param proxies addresses and networks, such as `10.0.0.0/8`
 */
export function trustIn(proxies: readonly string[]): (address: string) => boolean {
  // One each: a BlockList takes an IPv4 address for one that lies in ::ffff:0:0/96.
  const trusted = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = familyOf(address);
    if (prefix === undefined) trusted[family].addAddress(address, family);
    else trusted[family].addSubnet(address, Number(prefix), family);
  }
  return (text) => {
    const address = plainAddress(text);
    if (address === null) return false;
    const family = familyOf(address);
    return trusted[family].check(address, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
