import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Change } from '../../../domain/change.ts';
import { linkLimits } from '../../../domain/limits/limits.ts';
import type { LimitRule } from '../../../domain/limits/ports.ts';
import { linkNotFound } from '../../../domain/links/faults.ts';
import { ATTEMPTS_WITHIN_MS, MAX_ATTEMPTS, MAX_LOOKS } from '../../../domain/links/link.ts';
import { type Answered, type CountVerdict, linkActor } from '../../../domain/links/links.ts';
import type { FoundLink } from '../../../domain/links/ports.ts';
import { Secret } from '../../../domain/secret.ts';
import type { HostedProblem, HostedView } from '../../hosted/hosted-page.ts';
import { addressOf, originOf } from '../../server/origin.ts';
import type { RouteNeeds } from '../../server/services.ts';
import { MODE_HEADER } from '../../server/test-mode.ts';
import type { App } from '../../server/types.ts';
import { qrPngDataUrl } from '../clients/qr.ts';
import { body, parameters } from '../schemas.ts';
import { asksForPart, isListedOrigin } from './embedding.ts';
import { takeForms } from './form-body.ts';
import { foreignForm, isOwnForm } from './own-form.ts';
import { lookLike, showFault, showPage } from './show-page.ts';

type Needs = RouteNeeds<'clock' | 'limited' | 'links' | 'metrics' | 'publicUrl'>;

/** Of whatever a path has there: what cannot be a token is looked up like any other. */
const TokenOfPath = parameters({ token: Type.String() });
const FormOfPage = parameters({ form: Type.String({ pattern: '^[a-z2-7]{32}$' }) });
const Typed = body({
  code: Type.Optional(Type.String({ maxLength: 128 })),
  recoveryCode: Type.Optional(Type.String({ maxLength: 128 })),
});
const HIDDEN = { schema: { hide: true, params: TokenOfPath }, config: { showsFault: showFault } };

interface OfLink {
  readonly token: string;
}

/**
 * The pages of links. A GET shows a button and uses nothing up, since programs that look at mail open links; what the
 * button and the forms do is a POST. The token in the path is all that speaks for the person, so it must not get into
 * any line: routes are logged, counted and traced by their pattern.
 */
export function linkPages(app: App, needs: Needs): void {
  app.register((scope, _options, done) => {
    addPages(scope as unknown as App, needs);
    done();
  });
}

function addPages(app: App, needs: Needs): void {
  takeForms(app);
  for (const url of ['/l/:token', '/l/:token/begin', '/l/:token/confirm', '/l/:token/cancel'])
    app.get(url, { ...HIDDEN, config: { ...HIDDEN.config, takesAnyQuery: true } }, async (request, reply) => {
      const found = await find(needs, request, reply);
      const limit = limitOf(found, 'page', MAX_LOOKS);
      return needs.limited(reply, [limit], 'every call', async () =>
        showPage(startOf(found, request.params), request, reply),
      );
    });
  app.post('/l/:token/begin', HIDDEN, (request, reply) =>
    inTurn(needs, request, reply, async (found) => begun(needs, found, request, null)),
  );
  const confirm = { ...HIDDEN, schema: { ...HIDDEN.schema, querystring: FormOfPage, body: Typed } };
  app.post('/l/:token/confirm', confirm, (request, reply) =>
    inTurn(needs, request, reply, async (found) => {
      const { code, recoveryCode } = request.body;
      const field = recoveryCode === undefined ? 'code' : 'recoveryCode';
      const typed = { text: new Secret(recoveryCode ?? code ?? ''), field } as const;
      const answered = await needs.links.complete(
        found,
        typed,
        request.query.form,
        changeOf(needs, found, request),
        countIn(needs),
      );
      return viewOf(needs, found, request, answered, field);
    }),
  );
  app.post('/l/:token/cancel', HIDDEN, (request, reply) =>
    inTurn(needs, request, reply, async (found) => {
      const reason = await needs.links.cancel(found, changeOf(needs, found, request));
      return { kind: 'ended', reason };
    }),
  );
}

/**
 * The link of a request. It is looked up before anything is counted: guesses at others, by anybody who shares the address,
 * must not shut it. Faults: link_not_found, which counts against the caller's address; rate_limited.
 */
async function find(
  { limited, links }: Needs,
  request: FastifyRequest<{ Params: OfLink }>,
  reply: FastifyReply,
): Promise<FoundLink> {
  const found = await links.find(new Secret(request.params.token));
  if (found === null)
    return limited(reply, linkLimits(addressOf(request)), 'every call', () => Promise.reject(linkNotFound()));
  if (found.account.test !== undefined) reply.header(MODE_HEADER, 'test');
  lookLike(request, found);
  return found;
}

/**
 * Answers a form of our own pages, or of an element in a page on a listed origin: each link may be tried so often,
 * whatever comes of it. Faults: cross_site_request, those of `find` and of the work.
 */
async function inTurn(
  needs: Needs,
  request: FastifyRequest<{ Params: OfLink }>,
  reply: FastifyReply,
  work: (found: FoundLink) => Promise<HostedView>,
): Promise<FastifyReply> {
  const isOwn = isOwnForm(request, needs.publicUrl);
  if (!isOwn && !asksForPart(request)) throw foreignForm();
  const found = await find(needs, request, reply);
  if (!isOwn && !isListedOrigin(request, found.pages)) throw foreignForm();
  const view = await needs.limited(reply, [limitOf(found, 'link', MAX_ATTEMPTS)], 'every call', () =>
    work(found),
  );
  return showPage(view, request, reply);
}

function limitOf({ account, link }: FoundLink, what: string, limit: number): LimitRule {
  return { name: `${what}:${account.publicId}:${link.number}`, limit, windowMs: ATTEMPTS_WITHIN_MS };
}

/** What links judge is counted as what a call judges. */
function countIn({ metrics }: Needs): CountVerdict {
  return (kind, refused) => {
    if (kind === 'code')
      metrics.countVerdict(refused === null ? { valid: true } : { valid: false, reason: refused });
    else if (refused === null) metrics.countRecoveryVerdict({ valid: true, remaining: 0 });
    else if (refused !== 'code_already_used') metrics.countRecoveryVerdict({ valid: false, reason: refused });
  };
}

function startOf(
  { link, ended }: FoundLink,
  { token }: OfLink,
  problem: HostedProblem | null = null,
): HostedView {
  if (ended !== null) return { kind: 'ended', reason: ended };
  return {
    kind: 'start',
    purpose: link.purpose,
    action: `/l/${encodeURIComponent(token)}/begin`,
    problem,
  };
}

async function begun(
  needs: Needs,
  found: FoundLink,
  request: FastifyRequest<{ Params: OfLink }>,
  problem: HostedProblem | null,
): Promise<HostedView> {
  const opened = await needs.links.open(found, changeOf(needs, found, request));
  if (opened.kind === 'ended') return opened;
  if (opened.kind === 'refused')
    return startOf({ ...found, ended: null }, request.params, problemOf({ ...opened, isGone: false }));
  const base = `/l/${encodeURIComponent(request.params.token)}`;
  const action = `${base}/confirm?form=${needs.links.form()}`;
  if (opened.kind === 'challenge')
    return { kind: 'challenge', action, recoveryCodes: opened.recoveryCodes, problem };
  const { secret, otpauthUrl } = opened.enrolled;
  return {
    kind: 'enrol',
    action,
    cancelAction: `${base}/cancel`,
    qrDataUrl: qrPngDataUrl(otpauthUrl),
    otpauthUrl: otpauthUrl.reveal(),
    secret: secret.reveal(),
    account: found.link.label,
    problem,
  };
}

async function viewOf(
  needs: Needs,
  found: FoundLink,
  request: FastifyRequest<{ Params: OfLink }>,
  answered: Answered,
  field: 'code' | 'recoveryCode',
): Promise<HostedView> {
  switch (answered.kind) {
    case 'ended':
      return answered;
    case 'not begun':
      return startOf({ ...found, ended: null }, request.params);
    case 'refused':
      return begun(needs, found, request, { ...problemOf(answered), field });
    case 'completed': {
      const { codes, continueUrl } = answered;
      return codes.length > 0
        ? { kind: 'recovery-codes', codes, continueUrl }
        : { kind: 'done', continueUrl };
    }
  }
}

function problemOf({ reason, retryAfter, isGone }: Extract<Answered, { kind: 'refused' }>): HostedProblem {
  const wait = retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter };
  if (isGone) return { kind: 'new_key' };
  switch (reason) {
    case 'malformed':
      return { kind: 'malformed' };
    case 'invalid_code':
      return { kind: 'wrong' };
    case 'code_already_used':
      return { kind: 'used' };
    case 'disabled':
    case 'pending':
      return { kind: 'unavailable' };
    default:
      return { kind: retryAfter === undefined ? 'locked' : 'wait', ...wait };
  }
}

/** A change that the link allows, by the server's clock. */
function changeOf({ clock }: Needs, { link }: FoundLink, request: FastifyRequest): Change {
  return { at: clock(request), origin: { ...originOf(request), actor: linkActor(link) } };
}
