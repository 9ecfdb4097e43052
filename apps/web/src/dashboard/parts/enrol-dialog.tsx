import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../texts/enrolment.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { api, ask, type Enrolled } from '../api.ts';
import { FirstCodeDialog } from '../authenticators/first-code-dialog.tsx';
import { checkClientCode, checkNote } from './check-client.ts';
import { EMPTY_CLIENT, EnrolForm, type NewClient } from './enrol-form.tsx';
import { SecretOnce } from './secret-once.tsx';
import { ShownOnce } from './shown-once.tsx';

/**
 * First the form, then QR code, key and first code in one view. The form is kept when the server cannot save. Where
 * the first code is skipped, the codes count at once, and the secret is shown once.
 */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [client, setClient] = useState(EMPTY_CLIENT);
  const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
  const queries = useQueryClient();
  const enrol = async () => {
    setEnrolled(await register(client));
    await queries.invalidateQueries();
  };
  if (enrolled === null) {
    return (
      <Dialog open title={t.enrolUser} onClose={onClose}>
        <EnrolForm client={client} onChange={setClient} onCancel={onClose} onEnrol={enrol} />
      </Dialog>
    );
  }
  const { clientId } = enrolled;
  const shown = { title: t.enrolWho(clientId), enrolled };
  if (enrolled.status !== 'pending') return <AtOnce {...shown} client={client} onClose={onClose} />;
  return (
    <FirstCodeDialog
      {...shown}
      issuer={client.issuer}
      label={client.label}
      digits={client.digits}
      meanwhile={t.untilRightCode(clientId)}
      confirmed={t.isEnrolled(clientId)}
      onRestart={enrol}
      onClose={onClose}
    />
  );
}

interface AtOnceProps {
  title: string;
  enrolled: Enrolled;
  client: NewClient;
  onClose: () => void;
}

/** Without a first code: the secret is in use already, and cannot be shown again. */
function AtOnce({ title, enrolled, client, onClose }: AtOnceProps) {
  const [proven, setProven] = useState(false);
  return (
    <ShownOnce
      shape="wide"
      proven={proven}
      title={title}
      what={t.theSecret}
      tick={t.savedSecret}
      onDone={onClose}
    >
      <SecretOnce
        secret={enrolled.secret}
        otpauthUrl={enrolled.otpauthUrl}
        issuer={client.issuer}
        label={client.label}
        digits={client.digits}
        note={checkNote()}
        onCheck={(code) => checkClientCode(enrolled.clientId, code)}
        onAccepted={() => setProven(true)}
      />
    </ShownOnce>
  );
}

function register({ secret, allowShortSecret, skipFirstCode, ...client }: NewClient): Promise<Enrolled> {
  const imported = secret.trim() === '' ? {} : { secret: secret.trim(), allowShortSecret };
  // The page draws the QR code from the URL itself.
  const body = { ...client, ...imported, confirm: !skipFirstCode, qr: 'none' as const };
  return ask(api.POST('/api/totp/register', { body }));
}
