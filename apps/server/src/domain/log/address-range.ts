/** An IP address, or a network in CIDR notation, to compare the addresses of events with. */
export interface AddressRange {
  /** How the address of every event within begins; what begins so need not be within. */
  readonly beginning: string;
  contains(address: string): boolean;
}

interface Address {
  readonly groups: readonly number[];
  readonly bitsOfGroup: 8 | 16;
}

/** `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`, `fe80::1%eth0`; null: the text is none. A zone says nothing: it is this machine's. */
export function readAddressRange(text: string): AddressRange | null {
  const match = /^([0-9a-fA-F.:]{2,45}(?:%[\w.-]{1,64})?)(?:\/([0-9]{1,3}))?$/.exec(text);
  const network = match?.[1] === undefined ? null : readAddress(match[1]);
  if (network === null) return null;
  const whole = network.groups.length * network.bitsOfGroup;
  const bits = match?.[2] === undefined ? whole : Number(match[2]);
  if (bits > whole) return null;
  return {
    beginning: beginningOf(network, bits),
    contains(text) {
      const address = readAddress(text);
      return address !== null && address.bitsOfGroup === network.bitsOfGroup && agree(address, network, bits);
    },
  };
}

function readAddress(text: string): Address | null {
  const isIpv6 = text.includes(':');
  const groups = isIpv6 ? ipv6Groups(text.replace(/%.*$/, '')) : ipv4Groups(text);
  return groups === null ? null : { groups, bitsOfGroup: isIpv6 ? 16 : 8 };
}

function ipv4Groups(text: string): number[] | null {
  const parts = text.split('.');
  const fits = parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part));
  const groups = parts.map(Number);
  return fits && groups.every((group) => group <= 255) ? groups : null;
}

/** RFC 4291 §2.2, without an IPv4 address at the end: events have those as IPv4. */
function ipv6Groups(text: string): number[] | null {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return null;
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}

function agree(one: Address, other: Address, bits: number): boolean {
  const { bitsOfGroup } = other;
  return other.groups.every((group, index) => {
    const compared = Math.min(Math.max(bits - index * bitsOfGroup, 0), bitsOfGroup);
    return (group ^ (one.groups[index] ?? 0)) >> (bitsOfGroup - compared) === 0;
  });
}

/** The groups that are fixed as a whole, up to the first zero of an IPv6 address, which may be written as `::`. */
function beginningOf({ groups, bitsOfGroup }: Address, bits: number): string {
  const fixed = groups.slice(0, Math.floor(bits / bitsOfGroup));
  const isWhole = fixed.length === groups.length;
  if (bitsOfGroup === 8) return fixed.map((group, index) => `${group}${index < 3 ? '.' : ''}`).join('');
  const zero = fixed.indexOf(0);
  const known = zero < 0 ? fixed : fixed.slice(0, zero);
  if (isWhole && zero < 0) return known.map((group) => group.toString(16)).join(':');
  return known.map((group) => `${group.toString(16)}:`).join('');
}
