import { StatusBadge } from '../../ui/status-badge.tsx';
import type { Webhook } from '../api.ts';

/** Whether it sends: icon, word and colour. */
export function WebhookStatus({ webhook: { status } }: { webhook: Pick<Webhook, 'status'> }) {
  if (status === 'active') {
    return (
      <StatusBadge tone="success" icon="accepted">
        On
      </StatusBadge>
    );
  }
  if (status === 'failing') {
    return (
      <StatusBadge tone="danger" icon="warning">
        Failing
      </StatusBadge>
    );
  }
  return (
    <StatusBadge tone="neutral" icon="disabled">
      Off
    </StatusBadge>
  );
}

/** Whether an attempt was taken. */
export function DeliveryBadge({ delivered }: { delivered: boolean }) {
  return delivered ? (
    <StatusBadge tone="success" icon="accepted">
      Delivered
    </StatusBadge>
  ) : (
    <StatusBadge tone="danger" icon="refused">
      Failed
    </StatusBadge>
  );
}
