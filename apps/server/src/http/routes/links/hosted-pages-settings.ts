import { type Static, Type } from 'typebox';
import { DISPLAY_NAME_PATTERN } from '../../../domain/clients/names.ts';
import {
  type HostedLogo,
  type HostedPages,
  logoDataUrl,
  MAX_LOGO_BYTES,
  readLogo,
} from '../../../domain/links/hosted-look.ts';
import { MAX_RETURN_ORIGINS, returnOrigin } from '../../../domain/links/return-url.ts';
import { accentIsReadable } from '../../hosted/hosted-page.ts';
import { bodyInvalid } from '../../server/field-errors.ts';
import { named, notEmpty, nullable } from '../schemas.ts';

/** How the pages of links look, as the API has it. */

const FIELDS = {
  name: nullable(
    Type.String({
      ...notEmpty,
      pattern: DISPLAY_NAME_PATTERN,
      description:
        'The name of your application, as its users know it: 1–128 characters, no colon. null: the issuer of the user.',
      examples: ['MyApp'],
    }),
  ),
  logo: nullable(
    Type.String({
      maxLength: Math.ceil(MAX_LOGO_BYTES / 3) * 4 + 32,
      description: `A data URL of a PNG, JPEG or WebP of ${MAX_LOGO_BYTES / 1024} KiB at most. null: no picture.`,
      examples: ['data:image/png;base64,iVBORw0KGgo…'],
    }),
  ),
  accent: nullable(
    Type.String({
      pattern: '^#[0-9A-Fa-f]{6}$',
      description:
        'The colour of buttons, on which white text has to be readable (4.5 : 1). null: that of Kanda.',
      examples: ['#13607e'],
    }),
  ),
  returnOrigins: Type.Array(
    Type.String({ ...notEmpty, maxLength: 255, examples: ['https://app.example.com'] }),
    {
      maxItems: MAX_RETURN_ORIGINS,
      uniqueItems: true,
      description:
        'Where links may send users afterwards: scheme, host and port, as browsers write them. https, or http for localhost.',
    },
  ),
};

const EXAMPLE = {
  name: 'MyApp',
  logo: null,
  accent: '#13607e',
  returnOrigins: ['https://app.example.com'],
};

export const HostedPagesView = Type.Object(
  FIELDS,
  named('HostedPages', 'How the pages of links look, and where they may send users.', EXAMPLE),
);

const { name, logo, accent, returnOrigins } = FIELDS;
export const NewHostedPages = Type.Object(
  {
    name: Type.Optional(name),
    logo: Type.Optional(logo),
    accent: Type.Optional(accent),
    returnOrigins: Type.Optional(returnOrigins),
  },
  { additionalProperties: false, examples: [EXAMPLE] },
);

export function hostedPagesView({
  name,
  logo,
  accent,
  returnOrigins,
}: HostedPages): Static<typeof HostedPagesView> {
  return { name, logo: logo === null ? null : logoDataUrl(logo), accent, returnOrigins: [...returnOrigins] };
}

/** Faults: body_invalid for a picture that is none, a colour on which text is hard to read, and what is no origin. */
export function readHostedPages(body: Static<typeof NewHostedPages>): HostedPages {
  const { name = null, logo = null, accent = null, returnOrigins = [] } = body;
  if (accent !== null && !accentIsReadable(accent))
    throw bodyInvalid('/accent', 'is too light: white text on it has to have a contrast of 4.5 : 1');
  const origins = returnOrigins.map((text, place) => {
    const origin = returnOrigin(text);
    if (origin !== null) return origin;
    throw bodyInvalid(
      `/returnOrigins/${place}`,
      'must be an origin such as https://app.example.com, without a path; http is for localhost alone',
    );
  });
  return { name, logo: logo === null ? null : logoIn(logo), accent, returnOrigins: [...new Set(origins)] };
}

function logoIn(dataUrl: string): HostedLogo {
  const read = readLogo(dataUrl);
  if ('problem' in read) throw bodyInvalid('/logo', read.problem);
  return read;
}
