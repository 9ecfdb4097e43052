/** The Helm chart, filled in by Helm. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ENDS_WITHIN_MS } from './patience.ts';
import { findTool } from './test-tools.ts';

export const CHART = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'deploy/helm/kanda');
export const helm = findTool('helm');

/** What a chart needs to be filled in. */
export const REQUIRED = [
  'database.existingSecret=kanda-database',
  'masterKey.existingSecret=kanda-master-key',
];
/** All parts of the chart. */
export const EVERYTHING = [
  ...REQUIRED,
  'ingress.enabled=true',
  'ingress.host=kanda.example.com',
  'autoscaling.enabled=true',
  'serviceMonitor.enabled=true',
  'prometheusRule.enabled=true',
  'prometheusRule.labels.release=prometheus',
  'publicUrl=https://kanda.example.com',
  'trustedProxies={10.0.0.0/8,fd00::/8}',
];

/** Runs Helm. */
export function run(...args: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const { status, stdout, stderr } = spawnSync(helm ?? '', args, {
    encoding: 'utf8',
    timeout: ENDS_WITHIN_MS,
  });
  return { status, stdout, stderr };
}

/** The chart with these values, as text. */
export const template = (values: readonly string[]) =>
  run(
    'template',
    'kanda',
    CHART,
    '--kube-version',
    '1.32',
    ...values.flatMap((value) => ['--set', value]),
    '--set-string',
    'settings.KANDA_RATE_LIMIT=100',
  );

/** The manifests of the chart with these values. */
// biome-ignore lint/suspicious/noExplicitAny: manifests are looked at field by field, and expect() checks each.
export function manifests(values: readonly string[]): any[] {
  const { status, stdout, stderr } = template(values);
  expect(status, stderr).toBe(0);
  return parseAllDocuments(stdout).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
}
