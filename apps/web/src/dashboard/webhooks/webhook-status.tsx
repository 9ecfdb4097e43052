import { t } from '../../texts/webhooks.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Webhook } from '../api.ts';

/** Whether it sends: icon, word and colour. */
export function WebhookStatus({ webhook: { status } }: { webhook: Pick<Webhook, 'status'> }) {
  if (status === 'active') {
    return (
      <StatusBadge tone="success" icon="accepted">
        {t.on}
      </StatusBadge>
    );
  }
  if (status === 'failing') {
    return (
      <StatusBadge tone="danger" icon="warning">
        {t.failing}
      </StatusBadge>
    );
  }
  return (
    <StatusBadge tone="neutral" icon="disabled">
      {t.off}
    </StatusBadge>
  );
}

/** Whether an attempt was taken. */
export function DeliveryBadge({ delivered }: { delivered: boolean }) {
  return delivered ? (
    <StatusBadge tone="success" icon="accepted">
      {t.delivered}
    </StatusBadge>
  ) : (
    <StatusBadge tone="danger" icon="refused">
      {t.failed}
    </StatusBadge>
  );
}
