import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/clients.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { Ago } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Device } from '../api.ts';
import { policyQuery } from '../policy.ts';
import { ErrorPanel, Trouble } from './failed.tsx';
import { QueryView } from './query-view.tsx';

/** The browsers that a client trusts, each with a way to end it. Nothing is shown where there is none and can be none. */
export function TrustedDevices({ clientId }: { clientId: string }) {
  const [asked, setAsked] = useState(false);
  const policy = useQuery(policyQuery);
  const devices = useQuery({
    queryKey: ['client', clientId, 'devices'],
    queryFn: () => ask(api.GET('/api/totp/clients/{clientId}/devices', { params: { path: { clientId } } })),
  });
  const endOne = useEnding(clientId);
  const isOn = policy.data?.policy.trustedDevices === true;
  const count = devices.data?.data.length ?? 0;
  if (!isOn && count === 0 && devices.error === null) return null;
  return (
    <Panel
      title={t.trustedBrowsers}
      actions={
        count > 0 && (
          <Button look="warning" onClick={() => setAsked(true)}>
            {t.endAll}
          </Button>
        )
      }
    >
      {endOne.error !== null && <ErrorPanel error={endOne.error} className="m-4" />}
      <QueryView query={devices} skeleton={<SkeletonRows rows={1} height="h-20" />}>
        {({ data }) => (
          <>
            <About isOn={policy.data === undefined || isOn} count={data.length} />
            <Rows clientId={clientId} devices={data} onEnd={(one) => void endOne.run(one)} />
          </>
        )}
      </QueryView>
      {asked && <EndAll clientId={clientId} onClose={() => setAsked(false)} />}
    </Panel>
  );
}

/** What these browsers may do, under the policy as it is. */
function About({ isOn, count }: { isOn: boolean; count: number }) {
  const words = !isOn ? t.trustOff : count === 0 ? t.noneTrusted : t.trustedNeedNoCode;
  return <p className="px-4 pb-4 text-14 sm:px-5">{words}</p>;
}

interface RowsProps {
  clientId: string;
  devices: readonly Device[];
  onEnd: (one: Device) => void;
}

function Rows({ clientId, devices, onEnd }: RowsProps) {
  if (devices.length === 0) return null;
  return (
    <ul aria-label={t.trustedBrowsersOf(clientId)} className="divide-y divide-border border-t border-border">
      {devices.map((one) => (
        <li
          key={one.id}
          data-row
          className="flex items-center justify-between gap-4 px-4 py-3 text-14 sm:px-5"
        >
          <div className="flex min-w-0 flex-col gap-1">
            <h3 className="line-clamp-2 text-14 font-semibold [overflow-wrap:anywhere]">
              <bdi>{one.label}</bdi>
            </h3>
            <dl className="flex flex-wrap gap-x-5 gap-y-1">
              <Fact name={t.trusted} at={one.createdAt} />
              <Fact name={t.lastUsedAt} at={one.lastUsedAt} />
              <Fact name={t.ends} at={one.expiresAt} />
            </dl>
          </div>
          <Button onClick={() => onEnd(one)} aria-label={t.endBrowser(one.label)}>
            {t.end}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, at }: { name: string; at: string | null }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-muted">{name}</dt>
      <dd>
        <Ago at={at} />
      </dd>
    </div>
  );
}

/** Ends one. There is no question first: its user types a code once more, and may have it trusted again. */
function useEnding(clientId: string) {
  const queries = useQueryClient();
  const tell = useToast();
  return useAction(async ({ id, label }: Device) => {
    const params = { path: { clientId, deviceId: id } };
    await ask(api.DELETE('/api/totp/clients/{clientId}/devices/{deviceId}', { params }));
    tell(t.notTrusted(label));
    await queries.invalidateQueries();
  });
}

function EndAll({ clientId, onClose }: { clientId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const tell = useToast();
  const end = useAction(async () => {
    await ask(api.DELETE('/api/totp/clients/{clientId}/devices', { params: { path: { clientId } } }));
    onClose();
    tell(t.noneTrustedOf(clientId));
    await queries.invalidateQueries();
  });
  return (
    <Confirm
      open
      onClose={onClose}
      title={t.endAllBrowsers}
      action={t.endAll}
      look="danger"
      busy={end.pending && t.ending}
      onConfirm={end.run}
      error={<Trouble error={end.error} />}
    >
      {t.endAllMeans}
    </Confirm>
  );
}
