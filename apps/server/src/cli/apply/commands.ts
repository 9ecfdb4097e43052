import type { Command } from 'commander';
import { addCommand } from '../lib/add-command.ts';
import { type Environment, STORE_FLAGS, settingsOf, withSettings } from '../lib/settings.ts';

/** `kanda apply`. */
export function addApply(program: Command, env: Environment): void {
  const apply = addCommand(program, 'apply', 'Make accounts, policies, keys and webhooks as a file says.')
    .argument('<file>', 'What there should be, as YAML or JSON.')
    .option('--dry-run', 'Print what would be done, and change nothing.')
    .option('--yes', 'Do not ask.')
    .option('--json', 'Print what is to be done as one JSON object.');
  withSettings(apply, ['webhook-allow', ...STORE_FLAGS])
    .addHelpText(
      'after',
      `
It compares the file with the store, prints what differs, asks, and does it. Run
again, it finds nothing to do. What the file does not name stays as it is:
nothing is deleted or revoked. It works while a server runs, and before the
first start, when it makes the store.

  accounts:
    - email: you@example.com
      passwordFile: password.txt      # or passwordVariable: NAME
      disabled: false
      policy: { freeFailures: 5 }     # the whole policy; the rest: default
      keys:
        - name: web shop
          scopes: [totp:write, totp:read]
          expires: 2027-12-31         # or never
          file: web-shop.key
        - { name: our tests, test: true, file: test.key }
      webhooks:
        - url: https://app.example.com/webhooks/kanda
          events: [client.locked]
          secretFile: webhook.secret

Secrets are in files of their own, beside it or elsewhere. An account that is
there must have the password that the file names, if it names one: anyone may
have made it. A new key or webhook secret is written to its file, for this user
alone; a file that is there is not overwritten. A key cannot be changed: give
another one another name. Quotas are judged when something is made.

Examples:
  kanda apply --dry-run kanda.yaml
  kanda apply --yes kanda.yaml`,
    )
    .action(async (file: string, options) => {
      const { applyFile } = await import('./apply.ts');
      await applyFile(settingsOf(options, env), file, options, env);
    });
}
