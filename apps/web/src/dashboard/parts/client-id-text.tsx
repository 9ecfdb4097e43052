/** A client ID as it is: in its own direction, whatever is around it, and with all of its spaces. */
export function ClientIdText({ clientId, wraps = false }: { clientId: string; wraps?: boolean }) {
  return (
    <bdi className={wraps ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre'}>
      {clientId}
    </bdi>
  );
}
