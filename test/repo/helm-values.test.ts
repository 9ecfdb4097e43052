/** What the values of the Helm chart do to its pods. */
import { describe, expect, test } from 'vitest';
import { EVERYTHING, helm, manifests, REQUIRED, template } from '../support/helm.ts';

if (helm !== null) {
  describe('the pods', () => {
    test('get any setting from a Secret, once, and files from volumes that are named', () => {
      const secret = 'secretSettings.KANDA_CHECKPOINT_SINK_HEADERS';
      const values = [
        ...REQUIRED,
        `${secret}.name=sink`,
        `${secret}.key=headers`,
        'secretSettings.KANDA_DATABASE_POOL.name=database',
        'secretSettings.KANDA_DATABASE_POOL.key=pool',
        'extraVolumes[0].name=siem',
        'extraVolumes[0].secret.secretName=siem',
        'extraVolumeMounts[0].name=siem',
        'extraVolumeMounts[0].mountPath=/etc/siem',
      ];
      const specOf = (wanted: string) =>
        manifests(values).find(({ kind }) => kind === wanted).spec.template.spec;
      const { containers, volumes } = specOf('Deployment');
      const from = { secretKeyRef: { name: 'sink', key: 'headers' } };
      expect(containers[0].env).toContainEqual({ name: 'KANDA_CHECKPOINT_SINK_HEADERS', valueFrom: from });
      expect(volumes).toContainEqual({ name: 'siem', secret: { secretName: 'siem' } });
      expect(containers[0].volumeMounts).toContainEqual({ name: 'siem', mountPath: '/etc/siem' });
      const names = specOf('Job').containers[0].env.map(({ name }: { name: string }) => name);
      expect(names).toContain('KANDA_DATABASE_POOL');
      expect(names).not.toContain('KANDA_CHECKPOINT_SINK_HEADERS');
      expect(
        template([
          ...values,
          'secretSettings.KANDA_RATE_LIMIT.name=x',
          'secretSettings.KANDA_RATE_LIMIT.key=x',
        ]).stderr,
      ).toContain('keep one of the two');
      for (const name of ['KANDA_MASTER_KEY', 'KANDA_DATABASE_URL']) {
        const both = [`secretSettings.${name}.name=x`, `secretSettings.${name}.key=x`];
        expect(template([...REQUIRED, ...both]).status).not.toBe(0);
      }
    });

    test('may take as long to start as tables take, and are more when their one thread is busy', () => {
      const [container] = manifests(REQUIRED).find(({ kind }) => kind === 'Deployment').spec.template.spec
        .containers;
      const { periodSeconds, failureThreshold } = container.startupProbe;
      expect(periodSeconds * failureThreshold).toBe(1_800);
      const more = ['autoscaling.metrics[0].type=Pods', 'autoscaling.metrics[0].pods.metric.name=busy'];
      const scaler = manifests([...EVERYTHING, ...more]).find(
        ({ kind }) => kind === 'HorizontalPodAutoscaler',
      );
      expect(scaler.spec.metrics).toEqual([
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '700m' } },
        },
        { type: 'Pods', pods: { metric: { name: 'busy' } } },
      ]);
      const old = template([...EVERYTHING, 'autoscaling.targetCPUUtilizationPercentage=70']);
      expect(old.status).not.toBe(0);
    });
  });
} else {
  test('are not tested without Helm, as was said', () => {
    expect(helm).toBeNull();
  });
}
