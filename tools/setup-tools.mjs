/** The system tools of `system-tools.mjs`: which are missing, and how each comes here. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { callerEnvironment } from './child-environment.mjs';
import { npm } from './setup-npm.mjs';
import { RUNTIME, run, SetupError, say } from './setup-process.mjs';
import { isExecutable, programsNamed, SYSTEM_TOOLS, UNPACKED } from './system-tools.mjs';

const FOUND_TOOLS = join(RUNTIME, 'tools.json');

/** Whether every tool still is where an earlier run found it. */
function toolsFound() {
  const found = JSON.parse(readText(FOUND_TOOLS) || '{}');
  // What needs Go is looked for once: without Go it will not be there the next time either.
  return SYSTEM_TOOLS.every(
    ({ name, go }) => name in found && ((go && !found[name]) || fs.existsSync(found[name])),
  );
}

/**
 * What brings the tools that are missing. First Debian's packages, which the other installers may need; then those, each
 * in a lane of its own, since one waits for the network while another computes; at last a look at what there is, which
 * says what is not tested.
 * @returns {import('./setup-process.mjs').Stage[]}
 */
export function toolStages() {
  if (toolsFound()) return [];
  const missing = SYSTEM_TOOLS.filter((tool) => tool.find() === null);
  const packages = missing.flatMap((tool) => (tool.go || tool.unpacked ? [] : tool.packages));
  const wanted = [...new Set(packages)];
  const mayInstall = process.getuid?.() === 0 && programsNamed('apt-get').length > 0;
  const what = `what the tests use besides npm packages (apt-get install ${wanted.join(' ')})`;
  const debian = { what, work: () => aptInstallMissing(wanted) };
  return [
    wanted.length > 0 && mayInstall ? [[debian]] : [],
    installerLanes(missing),
    [[{ what: 'a look at which tools are there', work: noteTools }]],
  ];
}

/**
 * A lane for each installer, a step for each tool.
 * @param {readonly import('./system-tools.mjs').SystemTool[]} missing
 * @returns {import('./setup-process.mjs').Stage}
 */
function installerLanes(missing) {
  /** @type {Record<'go' | 'npm' | 'pip' | 'unpacked', import('./setup-process.mjs').Step[]>} */
  const lanes = { go: [], npm: [], pip: [], unpacked: [] };
  for (const { name, packages, pip, go, npm, unpacked } of missing) {
    if (pip !== undefined)
      lanes.pip.push({ what: `${name} from PyPI into ${pip.folder}`, work: () => pipInstall(pip) });
    if (go !== undefined)
      lanes.go.push({ what: `${name}, built with Go, into ${go.folder}`, work: () => goInstall(go) });
    if (unpacked) {
      const what = `${name} from Debian's ${packages.join(', ')} into ${UNPACKED}`;
      lanes.unpacked.push({ what, work: () => unpack(packages) });
    }
    if (npm !== undefined)
      lanes.npm.push({
        what: `${name} from the npm registry into ${npm.folder}`,
        work: () => npmInstall(npm),
      });
  }
  return Object.values(lanes);
}

/** Writes down where each tool is. @throws in CI, when one is missing that needs no Go */
async function noteTools() {
  const found = SYSTEM_TOOLS.map((tool) => /** @type {const} */ ([tool, tool.find()]))
    .filter(([tool, path]) => path !== null || tool.go !== undefined)
    .map(([tool, path]) => [tool.name, path]);
  fs.writeFileSync(FOUND_TOOLS, `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`);
  const missing = SYSTEM_TOOLS.filter((tool) => tool.find() === null);
  for (const tool of missing) {
    const from = tool.pip === undefined ? '' : '; then it comes from PyPI';
    say(
      `NOT TESTED for want of ${tool.name}: ${tool.purpose}. (Debian: apt-get install ${tool.packages.join(' ')}${from})`,
    );
  }
  if (missing.some((tool) => tool.go === undefined) && process.env.CI) {
    throw new SetupError('in CI no test is skipped, so the tools named above must be there.');
  }
}

/** @param {string[]} packages */
async function aptInstallMissing(packages) {
  const failure = await aptInstall(packages);
  const isThere = SYSTEM_TOOLS.every(({ find, go, unpacked }) => go || unpacked || find() !== null);
  if (failure !== null && !isThere) console.error(failure);
}

/**
 * @param {string[]} packages
 * @returns {Promise<string | null>} what apt-get printed when it failed
 */
async function aptInstall(packages) {
  const quiet = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=120'];
  const env = callerEnvironment({ DEBIAN_FRONTEND: 'noninteractive' });
  let printed = '';
  /** @param {string[]} args */
  const apt = async (args) => {
    printed = '';
    return run('apt-get', [...quiet, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }, (text) => {
      printed += text;
    });
  };
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if ((await apt(install)) === 0) return null;
  // A machine whose package lists are absent or old: fetch them once.
  return (await apt(['update'])) === 0 && (await apt(install)) === 0 ? null : printed;
}

/**
 * A program from PyPI in a virtual environment, by the first Python that can make one. What pip prints is shown
 * when it fails.
 * @param {import('./system-tools.mjs').PythonProgram} program
 */
async function pipInstall({ folder, requirements }) {
  const pip = join(folder, 'bin', 'python');
  const arguments_ = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1'];
  for (const python of programsNamed('python3')) {
    if ((await run(python, ['-m', 'venv', '--clear', folder], { stdio: 'ignore' })) !== 0) continue;
    let printed = '';
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = ['ignore', 'pipe', 'pipe'];
    const options = { stdio };
    const status = await run(pip, [...arguments_, '--requirement', requirements], options, (text) => {
      printed += text;
    });
    if (status === 0) return;
    console.error(printed);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Packages that a document's reader installs, as a lock file of their own names them, into a folder of their own.
 * @param {import('./system-tools.mjs').NpmPackages} packages
 */
async function npmInstall({ folder, manifests }) {
  fs.mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    fs.copyFileSync(join(manifests, file), join(folder, file));
  try {
    await npm(process.execPath, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
  }
}

/**
 * A program out of Debian's packages, for the tests alone: nothing is installed, and no service is started.
 * @param {readonly string[]} packages
 */
async function unpack(packages) {
  if (programsNamed('apt-get').length === 0 || programsNamed('dpkg-deb').length === 0) return;
  fs.mkdirSync(UNPACKED, { recursive: true });
  /** @param {string} program @param {string[]} args */
  const quietly = async (program, args) =>
    (await run(program, args, { cwd: UNPACKED, stdio: 'ignore' })) === 0;
  const download = () => quietly('apt-get', ['download', ...packages]);
  if (!(await download()) && !((await quietly('apt-get', ['update'])) && (await download()))) return;
  for (const file of fs.readdirSync(UNPACKED).filter((entry) => entry.endsWith('.deb'))) {
    await quietly('dpkg-deb', ['-x', file, '.']);
    fs.rmSync(join(UNPACKED, file));
  }
}

/**
 * A program built from its Go module, where Go is there.
 * @param {import('./system-tools.mjs').GoProgram} program
 */
async function goInstall({ folder, module, programs }) {
  const [go] = [...programsNamed('go'), '/usr/local/go/bin/go'].filter(isExecutable);
  if (go === undefined) return;
  // What is generated is built from the same modules later, without a network, and with what was built already.
  const kept = programs === undefined ? {} : goFolders(folder);
  const env = callerEnvironment({ GOBIN: folder, ...kept });
  const [cwd, commands] =
    programs === undefined
      ? [folder, [['install', module]]]
      : [module, [['mod', 'download'], ...programs.map((program) => ['install', program])]];
  fs.mkdirSync(folder, { recursive: true });
  for (const command of commands) {
    let printed = '';
    const status = await run(go, command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }, (text) => {
      printed += text;
    });
    if (status === 0) continue;
    console.error(printed);
    return;
  }
}

/**
 * Where Go keeps modules, and what it has built of them.
 * @param {string} folder
 */
export function goFolders(folder) {
  return {
    GOMODCACHE: join(folder, 'modules'),
    GOCACHE: join(folder, 'cache'),
    // So that the folder can be removed like any other.
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
  };
}

/** @param {string} path */
function readText(path) {
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null;
}
