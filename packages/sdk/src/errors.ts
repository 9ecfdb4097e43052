/**
 * What a call can throw. All are `KandaError`; none of them means that a code was wrong, which is an answer
 * (`valid: false`) and never an error.
 */

/** A call that gave no answer of Kanda's to what was asked. */
export class KandaError extends Error {
  // Written out in each class: a minifier changes what the class itself is called.
  override name = 'KandaError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
  }
}

/** Refused before anything was sent: an argument that no server could take. */
export class InvalidArgument extends KandaError {
  override name = 'InvalidArgument';
}

/** No answer came: the server was not reached, or the connection broke. */
export class ConnectionFailed extends KandaError {
  override name = 'ConnectionFailed';
  /** Whether the request, or a part of it, may have reached the server. */
  readonly sent: boolean;

  constructor(message: string, options: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, options);
    this.sent = options.sent;
  }
}

/** The whole answer was not there within `timeoutMs`. */
export class TimedOut extends KandaError {
  override name = 'TimedOut';
}

/**
 * An answer that is not Kanda's: a gateway's own page or JSON, a redirect, something else at that address.
 */
export class UnexpectedAnswer extends KandaError {
  override name = 'UnexpectedAnswer';
  readonly status: number;
  /** From `Retry-After`; null: there was none. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, status: number, retryAfterSeconds: number | null = null) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * All tries failed, and one of them may have taken effect: a code may have been used up, a change may have been made.
 * It does not mean that a code was wrong. Calling again with the same `idempotencyKey` and the same arguments gets the
 * answer that was lost, within 10 minutes for a code and 24 hours for anything else. `cause` is what ended the last try.
 */
export class OutcomeUnknown extends KandaError {
  override name = 'OutcomeUnknown';
  readonly idempotencyKey: string;

  constructor(message: string, options: { readonly idempotencyKey: string; readonly cause: unknown }) {
    super(message, options);
    this.idempotencyKey = options.idempotencyKey;
  }
}

/** One thing that is wrong with one field of the request; `path` is a JSON pointer such as `/clientId`. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** The body of an error answer (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly sameSecret?: boolean;
}

/**
 * An error answer of Kanda's. Each `code` has a class of its own, such as `ClientNotFound`; a code that this version
 * does not know is a `Problem` itself.
 */
export class Problem<Code extends string = string> extends KandaError {
  /** The cause, for programs. */
  readonly code: Code;
  readonly status: number;
  readonly title: string;
  /** What was wrong this time, and what to do, for a person. */
  readonly detail: string;
  /** The same as in the server's log. */
  readonly requestId: string;
  /** The address of the page that explains it. */
  readonly type: string;
  /** What was wrong with which field; empty when it was not about fields. */
  readonly errors: readonly FieldError[];
  /** From `Retry-After`; null: there was none. */
  readonly retryAfterSeconds: number | null;
  /** Of `ClientExists`, when a secret was brought along: whether the client has it already. */
  readonly sameSecret: boolean | undefined;

  constructor(document: ProblemDocument, retryAfterSeconds: number | null = null) {
    super(`${document.status} ${document.code}: ${document.detail} (${document.requestId})`);
    this.name = className(document.code);
    this.code = document.code as Code;
    this.status = document.status;
    this.title = document.title;
    this.detail = document.detail;
    this.requestId = document.requestId;
    this.type = document.type;
    this.errors = document.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
    this.sameSecret = document.sameSecret;
  }
}

/** `client_not_found` is `ClientNotFound`. */
function className(code: string): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
