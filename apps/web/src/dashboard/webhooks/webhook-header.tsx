import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/webhooks.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Notice, PageHeader } from '../../ui/panel.tsx';
import { useToast } from '../../ui/toast.tsx';
import { useAction } from '../action.ts';
import { api, ask, type Delivery, type Webhook } from '../api.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import { ChangeWebhook, DeleteWebhook, SwitchOff, TurnSecret } from './webhook-questions.tsx';
import { WebhookStatus } from './webhook-status.tsx';
import { attemptWords, hostOf } from './webhook-words.ts';

const QUESTIONS = { change: ChangeWebhook, off: SwitchOff, turn: TurnSecret, delete: DeleteWebhook } as const;

/** Where a webhook sends, whether it does, and what can be done with it. */
export function WebhookHeader({ webhook }: { webhook: Webhook }) {
  const [question, setQuestion] = useState<keyof typeof QUESTIONS | null>(null);
  const { test, sent, forget } = useTest(webhook);
  const on = useSwitchOn(webhook);
  const Question = question === null ? null : QUESTIONS[question];
  const isOff = webhook.status === 'off';
  return (
    <>
      <PageHeader
        name={hostOf(webhook.url)}
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-mono text-18 break-all sm:text-22">{webhook.url}</span>
            <WebhookStatus webhook={webhook} />
          </span>
        }
        actions={
          <>
            <Button look="primary" busy={test.pending && t.sending} onClick={() => void test.run()}>
              {t.sendTest}
            </Button>
            {isOff && (
              <Button busy={on.pending && t.switchingOn} onClick={() => void on.run()}>
                {t.switchOn}
              </Button>
            )}
            <Button onClick={() => setQuestion('change')}>{t.change}</Button>
            <Menu
              trigger={<IconButton icon="more" label={t.actions} />}
              items={[
                ...(isOff ? [] : [{ label: t.switchOff, onSelect: () => setQuestion('off') }]),
                { label: t.turnTheSecret, onSelect: () => setQuestion('turn') },
                { label: t.delete, onSelect: () => setQuestion('delete'), danger: true },
              ]}
            />
          </>
        }
      />
      {on.error !== null && <ErrorPanel error={on.error} className="mb-4" />}
      {test.error !== null && <ErrorPanel error={test.error} className="mb-4" />}
      <div role="status">
        {sent !== null && (
          <Notice tone={sent.delivered ? 'success' : 'danger'} className="mb-4">
            <div className="flex flex-wrap items-center justify-between gap-2">
              <span>{t.testMessageHow(attemptWords(sent))}</span>
              <IconButton icon="close" label={t.dismiss} onClick={forget} />
            </div>
          </Notice>
        )}
      </div>
      {Question !== null && <Question webhook={webhook} onClose={() => setQuestion(null)} />}
    </>
  );
}

/** Sends a test message, and has what came of it. */
function useTest({ id }: Webhook) {
  const [sent, setSent] = useState<Delivery | null>(null);
  const queries = useQueryClient();
  const test = useAction(async () => {
    setSent(null);
    setSent(await ask(api.POST('/api/webhooks/{id}/test', { params: { path: { id } } })));
    await queries.invalidateQueries({ queryKey: ['webhook', id] });
  });
  return { test, sent, forget: () => setSent(null) };
}

function useSwitchOn({ id }: Webhook) {
  const queries = useQueryClient();
  const tell = useToast();
  return useAction(async () => {
    await ask(api.PATCH('/api/webhooks/{id}', { params: { path: { id } }, body: { enabled: true } }));
    tell(t.isOn);
    await queries.invalidateQueries();
  });
}
