import { type Static, Type } from 'typebox';
import {
  LINK_ID_PATTERN,
  LINK_PURPOSES,
  LINK_STATUSES,
  LINK_TTL,
  type Link,
  linkId,
  statusOf,
} from '../../../domain/links/link.ts';
import type { MadeLink } from '../../../domain/links/links.ts';
import type { RedeemedLink } from '../../../domain/links/ports.ts';
import { MAX_RETURN_URL_LENGTH } from '../../../domain/links/return-url.ts';
import {
  ClientId,
  Issuer,
  Label,
  named,
  notEmpty,
  nullable,
  openWords,
  Timestamp,
  words,
} from '../schemas.ts';
import { timestamp } from '../views.ts';

/** What calls about links are built of. */

export const LinkId = Type.String({
  pattern: LINK_ID_PATTERN,
  description: "The link's id.",
  examples: ['lnk_17'],
});

const PURPOSES_IN_WORDS =
  'enrol: a first authenticator. replace: a new one in place of all others, as after a lost phone. challenge: a code, as at a log-in.';

export const NewLinkBody = Type.Object(
  {
    clientId: ClientId,
    purpose: words(LINK_PURPOSES, PURPOSES_IN_WORDS),
    ttl: Type.Optional(
      Type.Integer({
        minimum: LINK_TTL.least,
        maximum: LINK_TTL.most,
        default: LINK_TTL.default,
        description: 'Seconds that the link can be used for.',
      }),
    ),
    returnUrl: Type.Optional(
      Type.String({
        ...notEmpty,
        maxLength: MAX_RETURN_URL_LENGTH,
        description:
          'Where the user goes on afterwards, with the parameter result. Its origin has to be among the returnOrigins of PUT /api/hosted-pages. Without it the page ends with a word of thanks, and there is no result.',
        examples: ['https://app.example.com/account/two-factor'],
      }),
    ),
    locale: Type.Optional(
      words(
        ['en', 'de', 'fr', 'es', 'pt', 'it', 'ja', 'zh', 'ar'] as const,
        "The language of the page. Without it, the browser's.",
      ),
    ),
    label: Type.Optional(Label),
    issuer: Type.Optional(Issuer),
  },
  {
    additionalProperties: false,
    examples: [
      {
        clientId: 'user-123',
        purpose: 'enrol',
        label: 'alice@example.com',
        issuer: 'MyApp',
        returnUrl: 'https://app.example.com/account/two-factor',
      },
    ],
  },
);

const MADE_LINK = {
  id: 'lnk_17',
  url: 'https://kanda.example.com/l/mzxw6ytboi4tcmrtgq2tmnzyhe4gc3te',
  expiresAt: '2026-02-01T09:30:00.000Z',
};

export const MadeLinkView = Type.Object(
  {
    id: LinkId,
    url: Type.String({
      description:
        'The page. Who has this URL can use it: send it to the user alone. It is shown here and never again.',
    }),
    expiresAt: Timestamp,
  },
  named('NewLink', 'A link to send to a user.', MADE_LINK),
);

export function madeLinkView({ link, token }: MadeLink, base: string): Static<typeof MadeLinkView> {
  return {
    id: linkId(link.number),
    url: `${base}/l/${token.reveal()}`,
    expiresAt: timestamp(link.expiresAt),
  };
}

const LinkView = Type.Object(
  {
    id: LinkId,
    clientId: Type.String(),
    purpose: openWords(LINK_PURPOSES, PURPOSES_IN_WORDS),
    status: openWords(
      LINK_STATUSES,
      'waiting: its button was not pressed yet. cancelled: by you, by the user, by a newer link of the same purpose, with its user, or because the authenticators of the user were changed in another way.',
    ),
    returnUrl: nullable(Type.String()),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    openedAt: nullable(Timestamp),
    endedAt: nullable(Timestamp),
    redeemedAt: nullable(Timestamp),
  },
  named('Link', 'A link; never its URL.', {
    id: 'lnk_17',
    clientId: 'user-123',
    purpose: 'enrol',
    status: 'opened',
    returnUrl: 'https://app.example.com/account/two-factor',
    createdAt: '2026-01-31T09:30:00.000Z',
    expiresAt: '2026-02-01T09:30:00.000Z',
    openedAt: '2026-01-31T09:41:00.000Z',
    endedAt: null,
    redeemedAt: null,
  }),
);

export const LinkList = Type.Object(
  { data: Type.Array(LinkView) },
  named('LinkList', 'Links, newest first.', {
    data: [],
  }),
);

/** @param now ms, in the account */
export function linkView(link: Link, now: number): Static<typeof LinkView> {
  const { number, clientId, purpose, returnUrl, createdAt, expiresAt, openedAt, endedAt, redeemedAt } = link;
  const at = (time: number | null) => (time === null ? null : timestamp(time));
  return {
    id: linkId(number),
    clientId,
    purpose,
    status: statusOf(link, now),
    returnUrl,
    createdAt: timestamp(createdAt),
    expiresAt: timestamp(expiresAt),
    openedAt: at(openedAt),
    endedAt: at(endedAt),
    redeemedAt: at(redeemedAt),
  };
}

export const LinkResult = Type.String({
  ...notEmpty,
  pattern: '^[\\x21-\\x7e]+$',
  maxLength: 64,
  description: 'The parameter result with which the browser came back, unchanged.',
  examples: ['ge3dsnbqmnrwi2dfnzqwyzlsmvzxi5lt'],
});

export const RedeemedLinkView = Type.Object(
  {
    redeemed: Type.Literal(true),
    linkId: LinkId,
    clientId: Type.String({ description: 'Who showed the code.' }),
    purpose: openWords(LINK_PURPOSES, PURPOSES_IN_WORDS),
    confirmedAt: Timestamp,
  },
  named(
    'RedeemedLink',
    'The user showed a right code on the page of this link. Compare linkId with the link that you made for this browser.',
    {
      redeemed: true,
      linkId: 'lnk_17',
      clientId: 'user-123',
      purpose: 'enrol',
      confirmedAt: '2026-01-31T09:42:00.000Z',
    },
  ),
);

export function redeemedLinkView({ link, confirmedAt }: RedeemedLink): Static<typeof RedeemedLinkView> {
  const { number, clientId, purpose } = link;
  return { redeemed: true, linkId: linkId(number), clientId, purpose, confirmedAt: timestamp(confirmedAt) };
}
