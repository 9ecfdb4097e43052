import { isLoopback } from '../../config/registration-mode.ts';
import type { Config } from '../../config/schema.ts';
import type { StoreFacts } from '../../store/sqlite/examine.ts';
import { formatCount } from '../lib/format.ts';
import { type Finding, fine, look } from './finding.ts';

/** Whether one-time links begin with an address that users reach. */
export function checkLinks(
  { publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>,
  facts: Pick<StoreFacts, 'openLinks'> | null,
): Finding[] {
  const open = facts?.openLinks ?? 0;
  if (publicUrl !== null) return [fine('Links', `begin with ${publicUrl}`)];
  if (open === 0 && isLoopback(host))
    return [fine('Links', 'none is open; without KANDA_PUBLIC_URL they work on this machine alone')];
  return [
    look(
      'Links',
      `KANDA_PUBLIC_URL is not set (${formatCount(open, 'open link')}), so a link begins with the host name of the ` +
        'request that makes it: users may not reach that, and a caller may have made it up',
      'Set KANDA_PUBLIC_URL (--public-url) to the address that users see, such as https://login.example.com. Open links keep the address that they have.',
    ),
  ];
}
