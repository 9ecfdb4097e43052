import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { t } from '../../../texts/settings.ts';
import { Button } from '../../../ui/button.tsx';
import { Facts, Panel } from '../../../ui/panel.tsx';
import { Skeleton } from '../../../ui/skeleton.tsx';
import { ExactTime } from '../../../ui/time.tsx';
import { useToast } from '../../../ui/toast.tsx';
import { useAccount } from '../../account.ts';
import { useAction } from '../../action.ts';
import { api, ask, Problem } from '../../api.ts';
import { gettingStartedQuery } from '../../getting-started.ts';
import { newPasswordHint, PasswordField } from '../../parts/credential-fields.tsx';
import { ErrorSummary } from '../../parts/error-summary.tsx';
import { ErrorPanel } from '../../parts/failed.tsx';
import { ProofFields, type ProofOfSelf } from '../../parts/proof-fields.tsx';
import { QueryView } from '../../parts/query-view.tsx';

export function AccountSettings() {
  const account = useAccount();
  return (
    <div className="flex flex-col gap-4">
      <Panel title={t.account}>
        <div className="px-4 pb-5 sm:px-5">
          <Facts
            facts={[
              [
                t.email,
                <span key="email" className="break-all">
                  {account.email}
                </span>,
              ],
              [
                t.accountId,
                <code key="id" className="break-all">
                  {account.userId}
                </code>,
              ],
              [t.since, <ExactTime key="since" at={account.createdAt} />],
            ]}
          />
        </div>
      </Panel>
      <Panel title={t.password}>
        <PasswordForm email={account.email} twoFactor={account.twoFactor?.active === true} />
      </Panel>
      <GettingStartedPanel />
    </div>
  );
}

/** Whether the overview shows the list of first steps. */
function GettingStartedPanel() {
  const found = useQuery(gettingStartedQuery);
  const queries = useQueryClient();
  const change = useAction(async (dismissed: boolean) => {
    const body = { dismissed };
    const changed = await ask(api.PATCH('/api/auth/getting-started', { body }));
    queries.setQueryData(gettingStartedQuery.queryKey, changed);
  });
  return (
    <Panel title={t.gettingStarted}>
      <QueryView query={found} skeleton={<Skeleton className="m-5 h-9" />}>
        {({ dismissed }) => (
          <div className="flex flex-col items-start gap-3 px-4 pb-5 text-14 sm:px-5">
            <p className="text-muted">
              {t.listOfSteps(dismissed ? t.doesNotShow : t.shows)}
              {!dismissed && (
                <Link to="/dashboard" className="text-accent underline">
                  {t.overview}
                </Link>
              )}
            </p>
            <Button busy={change.pending && t.changing} onClick={() => void change.run(!dismissed)}>
              {dismissed ? t.showAgain : t.dismissIt}
            </Button>
            {change.error !== null && <ErrorPanel error={change.error} />}
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

const EMPTY: ProofOfSelf = { password: '' };

function PasswordForm({ email, twoFactor }: { email: string; twoFactor: boolean }) {
  const [proof, setProof] = useState(EMPTY);
  const [newPassword, setNewPassword] = useState('');
  const queries = useQueryClient();
  const tell = useToast();
  const change = useAction(async () => {
    const { password: currentPassword, ...secondFactor } = proof;
    await ask(api.POST('/api/auth/password', { body: { currentPassword, newPassword, ...secondFactor } }));
    setProof(EMPTY);
    setNewPassword('');
    tell(t.passwordChanged);
    await queries.invalidateQueries();
  });
  const { error } = change;
  const inField =
    error instanceof Problem &&
    ['credentials_invalid', 'password_too_short', 'password_too_common'].includes(error.code);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void change.run();
  };
  return (
    <form onSubmit={submit} className="flex max-w-form flex-col gap-5 px-4 pb-5 sm:px-5">
      <ErrorSummary error={inField ? null : error} />
      <ProofFields email={email} twoFactor={twoFactor} proof={proof} onChange={setProof} error={error} />
      <PasswordField
        which="new-password"
        label={t.newPassword}
        hint={newPasswordHint()}
        error={error instanceof Problem && error.code.startsWith('password_too') ? error.message : null}
        value={newPassword}
        onChange={setNewPassword}
      />
      <p className="text-14 text-muted">{t.otherSessionsEnd}</p>
      <Button type="submit" className="self-start" busy={change.pending && t.changing}>
        {t.changePassword}
      </Button>
    </form>
  );
}
