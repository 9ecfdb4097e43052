import { path } from './paths.ts';
import type { CallOptions } from './settings.ts';
import type { Transport } from './transport.ts';
import type { Policy, PolicyChange } from './types.ts';

/** The policy of the account: how clocks may differ, how soon wrong codes lock. */
export class Policies {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The policy, its defaults and the allowed ranges. */
  get(options?: CallOptions): Promise<Policy> {
    return this.#transport.send({ method: 'GET', path: path`/api/policy` }, options);
  }

  /** Sets the policy; what is left out gets its default. Needs the scope `keys:write`. */
  set(policy: PolicyChange, options?: CallOptions): Promise<Policy> {
    return this.#transport.send({ method: 'PUT', path: path`/api/policy`, body: policy }, options);
  }
}
