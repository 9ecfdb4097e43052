/** npm, as `setup.mjs` uses it: under the right Node, its output shown, and with advice when it fails. */
import * as fs from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { callerEnvironment } from './child-environment.mjs';
import { run, SetupError } from './setup-process.mjs';
import { programsNamed } from './system-tools.mjs';

/**
 * Runs npm, its output shown, with the given Node, which is also the one on its scripts' PATH.
 * @param {string} node
 * @param {string[]} args
 * @param {string} folder
 */
export async function npm(node, args, folder) {
  const cli = npmCli();
  const env = callerEnvironment({ PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` });
  const status = await run(node, [cli, ...args], { cwd: folder, env, stdio: 'inherit' });
  if (status === 0) return;
  const ping = ['ping', '--fetch-retries=0', '--fetch-timeout=10000', '--loglevel=silent'];
  const online = (await run(node, [cli, ...ping], { cwd: folder, env, stdio: 'ignore' })) === 0;
  const cause = online
    ? "npm's own message above says what went wrong."
    : 'npm cannot reach its package registry: this needs the network once. Check the connection, and ' +
      '`npm config get registry` and `npm config get proxy`.';
  throw new SetupError(`\`npm ${args[0]}\` failed. ${cause} Then run the command again.`);
}

/** npm's own program: the npm that started this file, or else the one on PATH. */
function npmCli() {
  const candidates = [
    process.env.npm_execpath ?? '',
    ...programsNamed('npm').map((path) => fs.realpathSync(path)),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const cli = candidates.find((path) => path.endsWith('npm-cli.js') && fs.existsSync(path));
  if (cli === undefined)
    throw new SetupError('npm was not found. Install npm and run `npm start` or `npm test`.');
  return cli;
}
