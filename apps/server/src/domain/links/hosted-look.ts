/** How the pages of links look, and where they may send people. */
export interface HostedPages {
  /** What the pages call your service; null: nothing was set. */
  readonly name: string | null;
  /** `#rrggbb`; null: Kanda's. */
  readonly accent: string | null;
  readonly logo: HostedLogo | null;
  /** Written as `returnOrigin` writes them. */
  readonly returnOrigins: readonly string[];
}

export interface HostedLogo {
  readonly type: LogoType;
  readonly bytes: Uint8Array;
}

export type LogoType = 'image/png' | 'image/jpeg' | 'image/webp';

export const MAX_LOGO_BYTES = 64 * 1024;

/** Of an account that has set nothing. */
export const PLAIN_PAGES: HostedPages = { name: null, accent: null, logo: null, returnOrigins: [] };

/** Why a logo is refused, in words that follow its name. */
export type LogoProblem = string;

/**
 * The picture in a data URL. Its bytes have to be of the type that it says, and of one that has no script and refers to
 * nothing: that is why SVG is none of them.
 */
export function readLogo(dataUrl: string): HostedLogo | { readonly problem: LogoProblem } {
  const [, type, base64] =
    /^data:(image\/(?:png|jpeg|webp));base64,([A-Za-z0-9+/]+={0,2})$/.exec(dataUrl) ?? [];
  if (type === undefined || base64 === undefined)
    return {
      problem: 'must be a data URL of a PNG, JPEG or WebP in base64, such as data:image/png;base64,…',
    };
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  if (bytes.length > MAX_LOGO_BYTES) return { problem: `must have ${MAX_LOGO_BYTES / 1024} KiB at most` };
  if (Buffer.from(bytes).toString('base64') !== base64) return { problem: 'is not base64 as it is written' };
  if (typeIn(bytes) !== type) return { problem: `says that it is ${type}, and its bytes are not` };
  return { type: type as LogoType, bytes };
}

/** As `<img src>` takes it. */
export function logoDataUrl({ type, bytes }: HostedLogo): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

function typeIn(bytes: Uint8Array): LogoType | null {
  const text = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  return null;
}
