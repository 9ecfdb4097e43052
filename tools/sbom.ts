/**
 * The software bill of materials of what an installation runs: CycloneDX, made by `npm sbom` from package-lock.json
 * and reduced to the packages that are not for development alone.
 *
 * `npm sbom --omit dev` would be shorter, but leaves out what a package of this workspace depends on when another
 * one depends on that package: `@noble/hashes`, of all things.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callerEnvironment } from './child-environment.mjs';

export interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { name: string } };
  components: { readonly 'bom-ref': string }[];
  dependencies: { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

/** The entries of package-lock.json by their place, such as `node_modules/qr` or `apps/server`. */
export function readLock(root: string): Record<string, LockEntry> {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
}

/** The name of the package in a place of package-lock.json. */
export function packageName(place: string, { name }: LockEntry): string {
  return name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** `name@version` of every package that an installation without development packages has, this workspace's too. */
export function installedPackages(root: string): string[] {
  const entries = Object.entries(readLock(root)).filter(
    ([place, { dev, devOptional, link }]) => place !== '' && !dev && !devOptional && !link,
  );
  return [
    ...new Set(entries.map(([place, entry]) => `${packageName(place, entry)}@${entry.version}`)),
  ].sort();
}

/** @throws when npm cannot make one */
export function makeSbom(root: string): Sbom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--loglevel', 'error'];
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    env: callerEnvironment(),
  });
  if (status !== 0) throw new Error(`npm sbom ended with ${status}: ${stderr}`);
  const sbom = JSON.parse(stdout) as Sbom;
  const installed = new Set(installedPackages(root));
  sbom.components = sbom.components.filter((component) => installed.has(component['bom-ref']));
  sbom.dependencies = sbom.dependencies
    .filter(({ ref }) => installed.has(ref) || ref.startsWith('kanda@'))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((on) => installed.has(on)) }));
  // npm takes the folder's name.
  sbom.metadata.component.name = 'kanda';
  return sbom;
}
