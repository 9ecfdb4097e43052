/** What comes from others: that it is what was locked, that nothing of it runs at installation, and who it is. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { installedPackages, makeSbom, packageName, readLock } from '../../tools/sbom.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const AUDIT_WITHIN_MS = 45_000;

test('package-lock.json holds a SHA-512 for every package that is not of this workspace', () => {
  const others = Object.entries(readLock(ROOT)).filter(
    ([place, { link }]) => place.includes('node_modules/') && !link,
  );
  expect(others.length).toBeGreaterThan(50);
  expect(
    others.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place),
  ).toEqual([]);
});

test('every version that package.json asks for is exact', () => {
  const loose = Object.keys(readLock(ROOT))
    .filter((place) => !place.includes('node_modules/'))
    .flatMap((place) => {
      const { dependencies = {}, devDependencies = {} } = readJson(join(place, 'package.json'));
      return Object.entries<string>({ ...dependencies, ...devDependencies }).map(
        ([name, version]) => `${name}@${version}`,
      );
    })
    // The types follow the Node that is pinned beside them.
    .filter((wanted) => !/@\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(wanted) && wanted !== '@types/node@24.x');
  expect(loose).toEqual([]);
});

test('no package has an install script but those that package.json allows by name', () => {
  const { allowScripts } = readJson('package.json') as { allowScripts: Record<string, boolean> };
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
  const withScripts = Object.entries(readLock(ROOT))
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([place, entry]) => packageName(place, entry));
  // Both ways: a permission that no one needs any more is one too many.
  expect([...new Set(withScripts)].sort()).toEqual(allowed.sort());
});

test('the bill of materials is CycloneDX and has every package that an installation runs, and no other', () => {
  const sbom = makeSbom(ROOT);
  expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'kanda' } } });
  expect(Number(sbom.specVersion)).toBeGreaterThanOrEqual(1.5);
  const refs = sbom.components.map((component) => component['bom-ref']);
  expect(refs.sort()).toEqual(installedPackages(ROOT));
  for (const direct of ['@kanda/otp', '@noble/hashes', 'fastify', 'jose']) {
    expect(refs.filter((ref) => ref.startsWith(`${direct}@`))).toHaveLength(1);
  }
  expect(refs.filter((ref) => /^(vitest|typescript|node|@biomejs)/.test(ref))).toEqual([]);
  const known = new Set([...refs, ...sbom.dependencies.map(({ ref }) => ref)]);
  expect(
    sbom.dependencies.flatMap(({ dependsOn = [] }) => dependsOn).filter((ref) => !known.has(ref)),
  ).toEqual([]);
});

describe('npm audit', () => {
  test('knows of no vulnerability of level high or critical', () => {
    const args = ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
    const { stdout } = spawnSync('npm', args, {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: AUDIT_WITHIN_MS,
      env: callerEnvironment(),
    });
    const severe = severeOf(stdout ?? '');
    // Without an answer nothing is known: that is no reason to stop a change, and none to keep quiet.
    if (severe === null) console.warn('NOT CHECKED: npm audit, as this registry does not answer it');
    else expect(severe).toEqual([]);
  });

  test('is understood: a high one is named, a low one is not, and an error is no answer', () => {
    const report = (severity: string) =>
      JSON.stringify({
        auditReportVersion: 2,
        vulnerabilities: { someone: { name: 'someone', severity } },
      });
    expect(severeOf(report('high'))).toEqual(['someone (high)']);
    expect(severeOf(report('critical'))).toEqual(['someone (critical)']);
    expect(severeOf(report('low'))).toEqual([]);
    expect(severeOf('{"message":"405 Method Not Allowed","statusCode":405}')).toBeNull();
    expect(severeOf('')).toBeNull();
  });
});

/** The packages of a report of `npm audit --json` with a severe vulnerability; null: it is no report. */
function severeOf(output: string): string[] | null {
  let report: {
    auditReportVersion?: number;
    vulnerabilities?: Record<string, { name: string; severity: string }>;
  };
  try {
    report = JSON.parse(output);
  } catch {
    return null;
  }
  if (report.auditReportVersion === undefined || report.vulnerabilities === undefined) return null;
  return Object.values(report.vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity }) => `${name} (${severity})`);
}

// biome-ignore lint/suspicious/noExplicitAny: what is in a package.json is looked at field by field.
function readJson(path: string): any {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
