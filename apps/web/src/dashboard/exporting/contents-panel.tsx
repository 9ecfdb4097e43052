import { Panel } from '../../ui/panel.tsx';

/** What the file has, and what it has not, before anything leaves. */
export function ContentsPanel() {
  return (
    <Panel title="What you take with you">
      <div className="flex flex-col gap-3 px-4 pb-5 text-14 sm:px-5">
        <p>
          <strong className="font-semibold">In the file:</strong> every confirmed authenticator of every user,
          with its secret. No user has to scan a QR code again.
        </p>
        <p>
          <strong className="font-semibold">Not in the file:</strong> recovery codes, of which Kanda has only
          fingerprints, so your users need new ones; authenticators that wait for their first code; trusted
          devices; the log, API keys and the policy.
        </p>
        <p>
          <strong className="font-semibold">In the log:</strong> one event for the export, and one for each
          user.
        </p>
        <p>
          If you move, stop checking codes here first: a code that is accepted after the export is unknown to
          the other side.{' '}
          <a href="/docs/guides/moving-out" className="text-accent underline">
            Moving out
          </a>
        </p>
      </div>
    </Panel>
  );
}
