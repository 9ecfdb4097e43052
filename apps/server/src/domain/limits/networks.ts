/** Prefix lengths that are counted for an IPv6 address, narrowest first. */
const IPV6_PREFIXES = [64, 56, 48] as const;

/**
 * The networks that an address counts for, narrowest first. An IPv4 address counts as itself, in IPv6 clothes too. An
 * IPv6 address counts for its /64, which is the least that a customer holds, its /56 and its /48, which are what
 * providers assign to homes and to companies (RIPE-690 §4.2). All callers without an address count as one.
 */
export function networksOf(ip: string | null): readonly [string, ...string[]] {
  if (ip === null) return ['unknown'];
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return [mapped[1]];
  if (!ip.includes(':')) return [ip];
  const groups = groupsOf(ip);
  const [narrowest, ...wider] = IPV6_PREFIXES.map((bits) => prefix(groups, bits));
  return [narrowest ?? ip, ...wider];
}

/** The widest network of an address: callers within it share their turns, as one customer may hold all of it. */
export function widestNetwork(ip: string | null): string {
  const networks = networksOf(ip);
  return networks.at(-1) ?? networks[0];
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(ip: string): number[] {
  const [head = '', tail] = ip.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
}

function prefix(groups: readonly number[], bits: (typeof IPV6_PREFIXES)[number]): string {
  const kept = groups.slice(0, Math.ceil(bits / 16));
  const bitsOfLast = bits % 16;
  const last = kept.length - 1;
  if (bitsOfLast > 0) kept[last] = (kept[last] ?? 0) & (0xffff << (16 - bitsOfLast));
  return `${kept.map((group) => group.toString(16)).join(':')}::/${bits}`;
}
