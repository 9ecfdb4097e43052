/** The Helm chart, checked and filled in by Helm itself; then what came out is held against the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../apps/server/src/config/load.ts';
import { routes } from '../../tools/reference-tables.ts';
import { CHART, EVERYTHING, helm, manifests, REQUIRED, run, template } from '../support/helm.ts';

const ALERTS = join(CHART, '../../prometheus/alerts.yml');

/** Without Go there is no Helm, which was said; there is nothing to skip where nothing could be run. */
if (helm !== null) {
  describe('the chart', () => {
    test('passes `helm lint --strict`', () => {
      const { status, stdout } = run(
        'lint',
        '--strict',
        CHART,
        ...REQUIRED.flatMap((value) => ['--set', value]),
      );
      expect(status, stdout).toBe(0);
    });

    test('says what is missing, and takes no secret as a value', () => {
      expect(template([]).stderr).toContain("name the Secret that holds the database's URL");
      expect(template(['database.existingSecret=x']).stderr).toContain(
        'name the Secret that holds the master key',
      );
      for (const secret of [
        'KANDA_MASTER_KEY',
        'KANDA_DATABASE_URL',
        'KANDA_CHECKPOINT_SINK_HEADERS',
        'OTEL_EXPORTER_OTLP_HEADERS',
      ]) {
        expect(template([...REQUIRED, `settings.${secret}=x`]).stderr).toContain("'not' failed");
      }
      expect(template([...REQUIRED, 'settings.PATH=x']).status).not.toBe(0);
    });

    test('makes what it is asked for, and no more than that', () => {
      const kinds = (values: readonly string[]) =>
        manifests(values)
          .map(({ kind }) => kind)
          .sort();
      expect(kinds(REQUIRED)).toEqual([
        'Deployment',
        'Job',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Service',
        'ServiceAccount',
      ]);
      expect(kinds([...REQUIRED, 'migrateBeforeUpgrade=false'])).not.toContain('Job');
      expect(kinds(EVERYTHING)).toEqual([
        'Deployment',
        'HorizontalPodAutoscaler',
        'Ingress',
        'Job',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'PrometheusRule',
        'Service',
        'Service',
        'ServiceAccount',
        'ServiceMonitor',
      ]);
    });
  });

  describe('the pods', () => {
    const deployment = () => manifests(EVERYTHING).find(({ kind }) => kind === 'Deployment');
    const pod = () => deployment().spec.template.spec;
    const container = () => pod().containers[0];

    test('run as no one in particular, with nothing to write to but their folders', () => {
      expect(pod()).toMatchObject({
        enableServiceLinks: false,
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 10001,
          fsGroup: 10001,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      expect(container().securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const writable = container().volumeMounts.filter(
        ({ readOnly }: { readOnly?: boolean }) => readOnly !== true,
      );
      expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
        '/var/lib/kanda',
        '/tmp',
      ]);
    });

    test('keep what they have signed on the volume that is named, and without one in a folder of their own', () => {
      const dataOf = (values: readonly string[]) =>
        manifests(values)
          .find(({ kind }) => kind === 'Deployment')
          .spec.template.spec.volumes.filter(({ name }: { name: string }) => name === 'data');
      expect(dataOf(REQUIRED)).toEqual([{ name: 'data', emptyDir: {} }]);
      const claim = { claimName: 'kanda-data' };
      expect(dataOf([...REQUIRED, 'dataVolume.persistentVolumeClaim.claimName=kanda-data'])).toEqual([
        { name: 'data', persistentVolumeClaim: claim },
      ]);
      const two = template([...REQUIRED, 'dataVolume.emptyDir.medium=Memory', 'dataVolume.hostPath.path=/x']);
      expect(two.status).not.toBe(0);
    });

    test('read their secrets from files that the group may read and no one else', () => {
      const secrets = pod().volumes.find(({ name }: { name: string }) => name === 'secrets').projected;
      // YAML 1.1, which Kubernetes reads, takes 0440 for octal; this reader takes 1.2.
      expect([0o440, 440]).toContain(secrets.defaultMode);
      const paths = secrets.sources.flatMap(
        ({ secret }: { secret: { items: { path: string }[] } }) => secret.items,
      );
      const mount = container().volumeMounts.find(
        ({ name }: { name: string }) => name === 'secrets',
      ).mountPath;
      const env = environment();
      expect(paths.map(({ path }: { path: string }) => `${mount}/${path}`)).toEqual([
        env.KANDA_DATABASE_URL_FILE,
        env.KANDA_MASTER_KEY_FILE,
      ]);
    });

    const environment = (of = container()): Record<string, string> =>
      Object.fromEntries(of.env.map(({ name, value }: { name: string; value: string }) => [name, value]));

    test('have settings that Kanda takes', () => {
      const config = loadConfig(environment(), {});
      expect(config).toMatchObject({
        publicUrl: 'https://kanda.example.com',
        trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
        rateLimit: 100,
        registration: 'closed',
      });
      expect(config.port).toBe(container().ports[0].containerPort);
    });

    test('are asked at paths that Kanda answers, and have time to drain', () => {
      const known = routes().map(({ name }) => name);
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        expect(known).toContain(`GET ${container()[probe].httpGet.path}`);
        expect(container()[probe].httpGet.port).toBe(container().ports[0].name);
      }
      const { drainSeconds } = loadConfig(environment(), {});
      const before = container().lifecycle.preStop.sleep.seconds;
      expect(pod().terminationGracePeriodSeconds).toBeGreaterThan(before + drainSeconds + 5);
      // A balancer has to learn of the stop within the drain.
      const { periodSeconds, failureThreshold } = container().readinessProbe;
      expect(drainSeconds).toBeGreaterThan(periodSeconds * failureThreshold * 2);
    });

    test('are replaced only after a Job has brought the tables up to the new version', () => {
      const job = manifests([...EVERYTHING, 'settings.KANDA_DATABASE_CONNECT_TIMEOUT=20s']).find(
        ({ kind }) => kind === 'Job',
      );
      expect(job.metadata.annotations['helm.sh/hook']).toBe('pre-upgrade');
      const { spec } = job.spec.template;
      const [migrate] = spec.containers;
      expect(migrate.args).toEqual(['migrate']);
      expect(migrate.image).toBe(container().image);
      expect(migrate.securityContext).toEqual(container().securityContext);
      expect(spec.securityContext).toEqual(pod().securityContext);
      const env = environment(migrate);
      expect(loadConfig(env, {})).toMatchObject({ databaseConnectSeconds: 20 });
      const [secrets] = spec.volumes;
      const [mount] = migrate.volumeMounts;
      const [{ secret }] = secrets.projected.sources;
      expect(secrets.projected.sources).toHaveLength(1);
      expect(`${mount.mountPath}/${secret.items[0].path}`).toBe(env.KANDA_DATABASE_URL_FILE);
      expect(secret.name).toBe('kanda-database');
      // Neither the Service nor a budget may take it for a pod that serves.
      const parts = manifests(EVERYTHING).filter(({ kind }) => kind === 'Service');
      for (const { spec: service } of parts.filter((part) => part.spec.selector !== undefined)) {
        expect(job.spec.template.metadata.labels).not.toMatchObject(service.selector);
      }
    });

    test('are what every other part means', () => {
      const { labels } = deployment().spec.template.metadata;
      const parts = manifests(EVERYTHING);
      const selectors = parts.flatMap(({ kind, spec }) => {
        if (kind === 'Service') return spec.selector === undefined ? [] : [spec.selector];
        if (kind === 'NetworkPolicy') return [spec.podSelector.matchLabels];
        if (['Deployment', 'PodDisruptionBudget', 'ServiceMonitor'].includes(kind))
          return [spec.selector.matchLabels];
        return [];
      });
      expect(selectors).toHaveLength(5);
      for (const selector of selectors) expect(labels).toMatchObject(selector);
      const scaler = parts.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
      expect(scaler.spec.scaleTargetRef.name).toBe(deployment().metadata.name);
      expect(deployment().spec).not.toHaveProperty('replicas');
    });

    test('have the alerts of deploy/prometheus, for a Prometheus that selects them by a label', () => {
      const rule = manifests(EVERYTHING).find(({ kind }) => kind === 'PrometheusRule');
      expect(rule.spec).toEqual(parse(readFileSync(ALERTS, 'utf8')));
      expect(rule.metadata.labels).toMatchObject({ release: 'prometheus' });
    });

    test('show figures and readiness to no one outside', () => {
      const ingress = manifests(EVERYTHING).find(({ kind }) => kind === 'Ingress');
      const paths = ingress.spec.rules[0].http.paths;
      const inside = paths.filter(({ pathType }: { pathType: string }) => pathType === 'Exact');
      expect(inside.map(({ path }: { path: string }) => path)).toEqual(['/metrics', '/readyz']);
      const unknown = manifests(EVERYTHING).find(
        ({ metadata }) => metadata.name === inside[0].backend.service.name,
      );
      expect(unknown).toMatchObject({ kind: 'Service' });
      expect(unknown.spec).not.toHaveProperty('selector');
    });
  });
} else {
  test('is not tested without Helm, as was said', () => {
    expect(helm).toBeNull();
  });
}
