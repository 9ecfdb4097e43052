/**
 * Messages of webhooks between Kanda, its SDKs and the libraries of Standard Webhooks for Python and Go, which know
 * nothing of Kanda. The one for JavaScript is in the tests of the webhooks themselves.
 *
 * Seen to fail: with the id left out of what each SDK checks.
 */
import { spawnSync } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { verifyWebhook } from '../../packages/sdk/src/index.ts';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { endAll, KandaProcess } from '../support/kanda-process.ts';
import { SOON } from '../support/patience.ts';
import { findTool } from '../support/test-tools.ts';
import { ownerOf } from '../support/webhook-owner.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { build, go } from './go-program.ts';
import { PYTHON_SDK, python } from './python-sdk.ts';

interface Message {
  readonly secret: string;
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
  /** Left out, a library signs the message. */
  readonly signature?: string;
}
interface Said {
  readonly signature?: string;
  readonly taken?: string;
  readonly refused?: string;
}
type Program = (message: Message) => Promise<Said>;

const pythonPeer = findTool('receipt verifiers for python');
const goPeer = findTool('receipt verifier for go');

/** A program that gets a message as its input, and says what it makes of it. */
function programOf(
  command: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Program {
  return async (message) => {
    const env = callerEnvironment({ PYTHONDONTWRITEBYTECODE: '1', ...variables });
    const input = JSON.stringify(message);
    const { status, stdout, stderr } = spawnSync(command, args, { env, input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
    return JSON.parse(stdout);
  };
}

const PEERS = [
  {
    peer: 'standardwebhooks of PyPI',
    found: pythonPeer !== null,
    run: programOf(pythonPeer ?? '', [join(import.meta.dirname, 'verifiers/webhooks.py')]),
  },
  {
    peer: 'standard-webhooks for Go',
    found: goPeer !== null,
    run: programOf(join(dirname(goPeer ?? ''), 'webhooks'), []),
  },
] as const;

const READ_IN_PYTHON = `
import json, sys
from kanda import webhooks
asked = json.load(sys.stdin)
headers = {"Webhook-" + name: asked[name.lower()] for name in ("Id", "Timestamp", "Signature")}
try:
    print(json.dumps({"taken": webhooks.verify(asked["body"], headers, asked["secret"]).id}))
except webhooks.WebhookInvalid as error:
    print(json.dumps({"refused": str(error)}))
`;

async function readInTypeScript({ body, secret, id, timestamp, signature }: Message): Promise<Said> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return verifyWebhook(body, headers, secret).then(
    () => ({ taken: id }),
    (error) => ({ refused: error.message }),
  );
}

const SDKS = [
  { sdk: 'TypeScript', found: true, make: () => readInTypeScript },
  {
    sdk: 'Python',
    found: python !== null,
    make: () => programOf(python ?? '', ['-c', READ_IN_PYTHON], { PYTHONPATH: `${PYTHON_SDK}/src` }),
  },
  { sdk: 'Go', found: go !== null, make: () => programOf(build('./webhooks'), []) },
] as const;

/** The message, and what was changed on the way. */
const altered = (message: Message): Message[] => [
  { ...message, body: message.body.replace('ada', 'bob') },
  { ...message, id: `${message.id}1` },
  { ...message, timestamp: String(Number(message.timestamp) + 1) },
  { ...message, secret: `whsec_${Buffer.alloc(32).toString('base64')}` },
  { ...message, signature: message.signature?.replace('v1,', 'v2,') ?? '' },
];

let sent: Message;
beforeAll(async () => {
  const kanda = await KandaProcess.start({ flags: ['--webhook-allow', '127.0.0.1'] });
  const receiver = await WebhookReceiver.start();
  const owner = await ownerOf(kanda.url);
  const { secret } = (await owner.post('/api/webhooks', { url: receiver.url })).json;
  receiver.secrets = [secret];
  await owner.enrol('ada');
  await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), SOON);
  const [{ headers, text = '' } = { headers: {} as IncomingHttpHeaders }] = receiver.taken;
  const header = (name: string) => String(headers[`webhook-${name}`]);
  sent = {
    ...{ secret, body: text, id: header('id') },
    ...{ timestamp: header('timestamp'), signature: header('signature') },
  };
  await receiver.stop();
});
afterAll(endAll);

describe.each(PEERS)('$peer', ({ found, run }) => {
  test.skipIf(!found)('takes what Kanda sends, and nothing that was changed', async () => {
    expect(await run(sent)).toEqual({ taken: sent.id });
    for (const wrong of altered(sent)) expect(await run(wrong)).toEqual({ refused: expect.any(String) });
  });

  describe.each(SDKS)('signs what the SDK for $sdk', (sdk) => {
    test.skipIf(!found || !sdk.found)('takes, and that refuses what was changed', async () => {
      const read = sdk.make();
      const timestamp = String(Math.floor(Date.now() / 1000));
      const { signature: _, ...unsigned } = { ...sent, timestamp, id: 'msg_of_a_peer' };
      const { signature = '' } = await run(unsigned);
      const message = { ...unsigned, signature };
      expect(signature).toMatch(/^v1,/);
      expect(await read(message)).toEqual({ taken: 'msg_of_a_peer' });
      for (const wrong of altered(message))
        expect(await read(wrong)).toEqual({ refused: expect.any(String) });
    });
  });
});
