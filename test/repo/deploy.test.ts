/** Dockerfile, compose.yaml and the systemd unit: what they name exists, and what can run here is run. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AS_THE_SERVICE } from '../../apps/server/src/compose/foreign-folder.ts';
import { loadConfig } from '../../apps/server/src/config/load.ts';
import { SETTINGS } from '../../apps/server/src/config/schema.ts';
import { parseMasterKeys } from '../../apps/server/src/crypto/master-key.ts';
import { Secret } from '../../apps/server/src/domain/secret.ts';
import { bareEnvironment } from '../../tools/child-environment.mjs';
import { findTool } from '../support/test-tools.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const DOCKER = join(ROOT, 'deploy/docker');
const folder = mkdtempSync(join(tmpdir(), 'kanda-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const settings = SETTINGS.map(({ name }) => name);
/** Without the mode systemd opens the folder to others while a command runs. */
const OF_THE_SERVICE =
  'DynamicUser User StateDirectory StateDirectoryMode EnvironmentFile Environment=KANDA_DATA_DIR'.split(' ');
const packageJson = JSON.parse(read('package.json'));

describe('the Dockerfile', () => {
  const instructions = read('deploy/docker/Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
      return { name, rest };
    });
  const all = (wanted: string) => instructions.filter(({ name }) => name === wanted).map(({ rest }) => rest);
  /** Of the last stage: what is in the image. */
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
  const of = (wanted: string) => last.filter(({ name }) => name === wanted).map(({ rest }) => rest);

  test('builds on the exact Node that this repository is tested with, and on no other base', () => {
    const node = `node:${packageJson.devDependencies.node}-bookworm-slim`;
    expect(all('FROM')).toEqual([`${node} AS build`, node]);
  });

  test('runs as a user by number, with its folder alone to write to, and asks about its health without a shell', () => {
    expect(of('USER')).toEqual(['10001:10001']);
    expect(of('VOLUME')).toEqual(['/var/lib/kanda']);
    const users = last.map(({ name }) => name);
    expect(users.indexOf('USER')).toBeGreaterThan(users.lastIndexOf('RUN'));
    for (const name of ['ENTRYPOINT', 'CMD'])
      for (const form of of(name)) expect(JSON.parse(form)).toEqual(expect.any(Array));
    const [, check = ''] = /CMD (\[.*\])$/.exec(of('HEALTHCHECK')[0] ?? '') ?? [];
    const [program, flag, script] = JSON.parse(check) as string[];
    expect([program, flag]).toEqual(['node', '-e']);
    const { status } = spawnSync(process.execPath, ['-e', script ?? ''], {
      env: bareEnvironment({ KANDA_PORT: '1' }),
    });
    expect(status).toBe(1);
  });

  test('sets nothing that is no setting, and nothing secret', () => {
    const names = of('ENV').flatMap((line) => [...line.matchAll(/(\w+)=\S+/g)].map(([, name = '']) => name));
    expect(names).toEqual(['NODE_ENV', 'PATH', 'KANDA_HOST', 'KANDA_DATA_DIR']);
    expect(names.filter((name) => name.startsWith('KANDA_') && !settings.includes(name))).toEqual([]);
  });

  test('runs scripts that there are, and installs what tools/pack.mjs makes as test/repo/pack.test.ts does', () => {
    const commands = all('RUN').map((line) => line.replace(/^--mount=\S+ /, ''));
    const workspace = JSON.parse(read('apps/web/package.json'));
    expect(commands[0]).toMatch(/^npm ci --ignore-scripts/);
    expect(commands[1]).toBe(`npm run build -w ${workspace.name}`);
    expect(workspace.scripts.build).toBeTruthy();
    expect(commands[2]).toBe('npm run package -- --out /package');
    expect(packageJson.scripts.package).toContain('tools/pack.mjs');
    expect(commands[3]).toMatch(
      /^npm install --prefix \/opt\/kanda --omit=dev --ignore-scripts .*\/package\/kanda-\*\.tgz$/,
    );
    expect(commands.slice(4)).toEqual(['install -d -o 10001 -g 10001 -m 0700 /var/lib/kanda']);
  });

  test('needs no package whose install script it leaves out', () => {
    // With --ignore-scripts the packages that bring programs by a script are not there: the server runs without.
    const lock = JSON.parse(read('package-lock.json')).packages as Record<
      string,
      { hasInstallScript?: boolean; dev?: boolean }
    >;
    const scripted = Object.entries(lock).filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
    expect(scripted.map(([place]) => place)).toEqual([]);
  });

  test('is sent what the build reads, and neither keys nor data', () => {
    const patterns = read('deploy/docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(patterns[0]).toBe('*');
    const kept = patterns.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const path of kept) expect(existsSync(join(ROOT, path)), path).toBe(true);
    const [, copied = ''] = /const COPIED = \[(.*?)\];/s.exec(read('tools/pack.mjs')) ?? [];
    const needed = [...copied.matchAll(/'([^']+)'/g)].map(([, path = '']) => path);
    expect(needed).toContain('apps/server/bin');
    const built = 'apps/server/src packages/otp/src tools/bundle.mjs tools/pack.mjs openapi.json'.split(' ');
    for (const path of [...needed, ...built, 'package.json', 'package-lock.json']) {
      expect(
        kept.filter((entry) => path === entry || path.startsWith(`${entry}/`)),
        path,
      ).toHaveLength(1);
    }
    for (const workspace of globSync(packageJson.workspaces, { cwd: ROOT })) {
      expect(kept).toContain(workspace.split(/[\\/]/)[0]);
    }
    expect(patterns.slice(-4)).toEqual(['**/node_modules', '**/dist', '**/data', '**/*.key']);
  });
});

describe('compose.yaml', () => {
  const compose = parse(read('deploy/docker/compose.yaml'));
  const services = Object.entries<Record<string, unknown>>(compose.services);

  test('closes every service: read-only root, no capabilities, a user by number, an exact image, a health check', () => {
    for (const [name, service] of services) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        user: expect.stringMatching(/^\d+:\d+$/),
        image: expect.stringMatching(/:\d+\.\d+/),
      });
      expect(service, name).not.toHaveProperty('privileged');
    }
    // Kanda's own is in its image.
    expect(compose.services.postgres.healthcheck.test[0]).toBe('CMD');
    expect(compose.services.kanda.depends_on.postgres.condition).toBe('service_healthy');
  });

  test('publishes on loopback alone, and keeps the database away from the world', () => {
    expect(services.flatMap(([, service]) => service.ports ?? [])).toEqual(['127.0.0.1:3000:3000']);
    expect(compose.services.postgres.networks).toEqual(['database']);
    expect(compose.networks.database.internal).toBe(true);
  });

  test('has settings that Kanda takes, and no secret among them', () => {
    const { environment, secrets } = compose.services.kanda;
    expect(() => loadConfig(environment, {})).not.toThrow();
    for (const name of ['KANDA_DATABASE_URL_FILE', 'KANDA_MASTER_KEY_FILE']) {
      expect(secrets).toContain(posix.basename(environment[name]));
    }
    expect(JSON.stringify(compose)).not.toMatch(/postgres:\/\/|"(KANDA_MASTER_KEY|POSTGRES_PASSWORD)"/);
    // Longer than the drain and the calls in flight.
    const { drainSeconds } = loadConfig(environment, {});
    expect(Number.parseInt(compose.services.kanda.stop_grace_period, 10)).toBeGreaterThan(drainSeconds + 10);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'finds its secrets where make-secrets.sh puts them, each closed and its reader’s own',
    () => {
      const secrets = join(folder, 'secrets');
      const run = () => spawnSync('sh', [join(DOCKER, 'make-secrets.sh'), secrets], { encoding: 'utf8' });
      const first = run();
      expect(first).toMatchObject({ status: 0, stderr: '' });
      expect(first.stdout).toContain('back it up now');
      const owners = { kanda_database_url: 10001, kanda_master_key: 10001, postgres_password: 999 };
      expect(Object.keys(compose.secrets).sort()).toEqual(Object.keys(owners));
      for (const [name, uid] of Object.entries(owners)) {
        const file = join(secrets, posix.basename(compose.secrets[name].file));
        const { mode, uid: owner } = statSync(file);
        expect({ mode: mode & 0o777, owner }, name).toEqual({ mode: 0o400, owner: uid });
      }
      const text = (name: string) => readFileSync(join(secrets, name), 'utf8');
      expect(parseMasterKeys(new Secret(text('master.key')), 'it')).toHaveLength(1);
      const url = loadConfig({ KANDA_DATABASE_URL: text('database-url') }, {}).databaseUrl?.reveal();
      expect(new URL(url ?? '').password).toBe(text('postgres-password'));
      expect(new URL(url ?? '').username).toBe(compose.services.postgres.environment.POSTGRES_USER);

      const before = ['master.key', 'database-url', 'postgres-password'].map(text);
      expect(run()).toMatchObject({ status: 0, stdout: '' });
      expect(['master.key', 'database-url', 'postgres-password'].map(text)).toEqual(before);
    },
  );
  if (process.getuid?.() !== 0)
    console.warn('SKIPPED: make-secrets.sh gives files to other users, which needs root');
});

describe('the systemd unit', () => {
  const analyze = findTool('systemd-analyze');
  const unit = read('deploy/systemd/kanda.service');
  /** The program has to be there for the check. */
  const here = join(folder, 'kanda.service');
  writeFileSync(
    here,
    unit.replace('/opt/kanda/node_modules/.bin/kanda', join(ROOT, 'apps/server/bin/kanda.mjs')),
  );
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(analyze ?? '', args, { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };

  test.skipIf(analyze === null)('is one that systemd understands, every line of it', () => {
    expect(run('verify', here)).toEqual({ status: 0, said: '' });
    const odd = join(folder, 'odd.service');
    writeFileSync(
      odd,
      unit.replace('ProtectHome=', 'ProtectHouse=').replace(/ExecStart=\S+/, 'ExecStart=/bin/true'),
    );
    expect(run('verify', odd).said).toMatch(/Unknown key.*'ProtectHouse'/);
  });

  test('writes no core dump, and neither does the container: the memory holds the master key', () => {
    expect(unit).toMatch(/^LimitCORE=0$/m);
    expect(parse(read('deploy/docker/compose.yaml')).services.kanda.ulimits.core).toBe(0);
  });

  test.skipIf(analyze === null)('is exposed to less than 2 of 10 by systemd’s own measure', () => {
    expect(run('security', '--offline=true', '--threshold=20', '--no-pager', here)).toMatchObject({
      status: 0,
    });
    const open = join(folder, 'open.service');
    writeFileSync(open, '[Service]\nExecStart=/bin/true\n');
    expect(run('security', '--offline=true', '--threshold=20', '--no-pager', open)).toMatchObject({
      status: 1,
    });
  });

  test('starts what npm installs, with settings that Kanda takes', () => {
    const environment = Object.fromEntries(
      [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(() => loadConfig(environment, {})).not.toThrow();
    expect(environment.KANDA_DATA_DIR).toBe(`/var/lib/${/^StateDirectory=(.*)$/m.exec(unit)?.[1]}`);
    expect(unit).toMatch(/^ExecStart=\/opt\/kanda\/node_modules\/\.bin\/kanda serve$/m);
  });
});

describe('the backup unit and its timer', () => {
  const analyze = findTool('systemd-analyze');
  const server = read('deploy/systemd/kanda.service');
  const unit = read('deploy/systemd/kanda-backup.service');
  const timer = read('deploy/systemd/kanda-backup.timer');
  const line = (text: string, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];

  test('back up the store of the server, as its user, into a folder that systemd makes', () => {
    expect(line(unit, 'Environment=KANDA_DATA_DIR')).toBe(line(server, 'Environment=KANDA_DATA_DIR'));
    expect(line(unit, 'EnvironmentFile')).toBe(line(server, 'EnvironmentFile'));
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    // DynamicUser names the user after the unit: kanda.service runs as kanda.
    expect(line(unit, 'User')).toBe('kanda');
    const [target = ''] = / (\/\S+)$/.exec(line(unit, 'ExecStart') ?? '')?.slice(1) ?? [];
    expect(
      line(unit, 'StateDirectory')
        ?.split(' ')
        .map((name) => `/var/lib/${name}`),
    ).toEqual([line(server, 'Environment=KANDA_DATA_DIR'), target]);
    expect(line(timer, 'Persistent')).toBe('yes');
  });

  test('run a command that Kanda has', () => {
    const [, words = ''] = /^\S+ (.*)$/.exec(line(unit, 'ExecStart') ?? '') ?? [];
    const dataDir = join(folder, 'none');
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'apps/server/bin/kanda.mjs'), ...words.split(' '), '--data-dir', dataDir],
      { encoding: 'utf8', env: bareEnvironment() },
    );
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^There is no store in /),
    });
  });

  test('a command as the service’s user has its user, folder and settings, on the page and in what Kanda says', () => {
    const properties = [...AS_THE_SERVICE.matchAll(/ -p (\S+)/g)].map(([, property]) => property);
    // DynamicUser names the user after the unit.
    expect(properties).toEqual(
      OF_THE_SERVICE.map((name) => `${name}=${line(name === 'User' ? unit : server, name)}`),
    );
    expect(line(server, 'ExecStart')).toBe(`${AS_THE_SERVICE.split(' ').at(-1)} serve`);
    const page = read('docs/operating/deploying.md');
    expect(page.replaceAll(/\s*\\\n\s*/g, ' ')).toContain(`  ${AS_THE_SERVICE} "$@"\n`);
    expect(page).toContain('\n### Commands as the service’s user\n'.replace('’', "'"));
  });

  test.skipIf(analyze === null)('are understood by systemd, and exposed to less than 2 of 10', () => {
    const here = join(folder, 'kanda-backup.service');
    writeFileSync(here, unit.replace('/opt/kanda/node_modules/.bin/kanda', process.execPath));
    writeFileSync(join(folder, 'kanda-backup.timer'), timer);
    for (const args of [
      ['verify', here, join(folder, 'kanda-backup.timer')],
      ['security', '--offline=true', '--threshold=20', '--no-pager', here],
      ['calendar', line(timer, 'OnCalendar') ?? ''],
    ]) {
      const { status, stderr } = spawnSync(analyze ?? '', args, { encoding: 'utf8' });
      expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' });
    }
  });
});
