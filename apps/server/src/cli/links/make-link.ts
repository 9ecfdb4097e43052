import { openExisting } from '../../compose/existing-installation.ts';
import type { Config } from '../../config/schema.ts';
import { Fault } from '../../domain/errors.ts';
import { LINK_PURPOSES, LINK_TTL, type LinkPurpose } from '../../domain/links/link.ts';
import { assertScannable } from '../../http/routes/clients/qr.ts';
import { madeLinkView } from '../../http/routes/links/schemas.ts';
import { type AccountChoice, chosenAccount } from '../accounts/chosen-account.ts';
import { formatTime } from '../lib/format.ts';
import { localUrl } from '../lib/local-url.ts';
import { terminalText } from '../lib/terminal-text.ts';

export interface LinkOptions extends AccountChoice {
  readonly client: string;
  readonly purpose: string;
  readonly label?: string;
  readonly issuer?: string;
  readonly ttl: string;
  readonly json?: boolean;
}

/** Makes a link for a user and prints its URL. @throws for people, when it cannot be made */
export async function makeLink(config: Config, options: LinkOptions): Promise<void> {
  const asked = {
    // As the API compares ids.
    clientId: options.client.normalize('NFC'),
    purpose: purposeIn(options.purpose),
    ttl: secondsIn(options.ttl),
    returnUrl: null,
    locale: null,
    label: options.label ?? null,
    issuer: options.issuer ?? null,
  };
  const installation = await openExisting(config);
  try {
    const { account, change } = await chosenAccount(installation, options);
    const made = await installation.links.create(account, asked, change(), assertScannable);
    const view = madeLinkView(made, config.publicUrl ?? localUrl(config));
    if (options.json === true) {
      console.log(JSON.stringify(view, null, 2));
      return;
    }
    console.log(view.url);
    const until = formatTime(made.link.expiresAt);
    console.error(
      terminalText(`${view.id} for ${asked.clientId}, until ${until}. Send it to the user alone.`),
    );
    if (config.publicUrl === null)
      console.error(
        'It leads to this machine: KANDA_PUBLIC_URL is not set. Set it to where users reach Kanda.',
      );
  } catch (error) {
    if (error instanceof Fault) throw new Error(`No link was made: ${error.detail}`, { cause: error });
    throw error;
  } finally {
    await installation.close();
  }
}

function purposeIn(text: string): LinkPurpose {
  const purpose = LINK_PURPOSES.find((one) => one === text);
  if (purpose === undefined) throw new Error(`--purpose must be ${LINK_PURPOSES.join(', ')}; it is ${text}.`);
  return purpose;
}

function secondsIn(text: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= LINK_TTL.least && seconds <= LINK_TTL.most) return seconds;
  throw new Error(`--ttl must be ${LINK_TTL.least} to ${LINK_TTL.most} seconds; it is ${text}.`);
}
