import { type FormEvent, type ReactNode, useState } from 'react';
import { t } from '../texts/ui.ts';
import { Button, type ButtonLook } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { Field, TextInput } from './field.tsx';

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and what cannot be undone. */
  children: ReactNode;
  action: string;
  look?: ButtonLook;
  busy: string | false;
  onConfirm: () => void;
  /** What failed when it was tried. */
  error?: ReactNode;
}

/** A plain question before something that can be undone. */
export function Confirm({
  children,
  action,
  look = 'primary',
  busy,
  onConfirm,
  error,
  ...dialog
}: ConfirmProps) {
  return (
    <Dialog {...dialog}>
      <div className="text-14">{children}</div>
      {error}
      <DialogActions>
        <Button onClick={dialog.onClose}>{t.cancel}</Button>
        <Button look={look} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

interface ConfirmByNameProps extends ConfirmProps {
  /** What has to be typed. */
  name: string;
  /** What the name is of: "client ID". */
  noun: string;
}

/** Before something that cannot be undone: the button works once the name was typed. */
export function ConfirmByName({ name, noun, open, ...rest }: ConfirmByNameProps) {
  return (
    <Dialog open={open} onClose={rest.onClose} title={rest.title}>
      {/* Mounted anew each time it opens, so that nothing typed is left. */}
      {open && <NameForm name={name} noun={noun} {...rest} />}
    </Dialog>
  );
}

function NameForm({
  name,
  noun,
  children,
  action,
  look = 'danger',
  busy,
  onConfirm,
  onClose,
  error,
}: Omit<ConfirmByNameProps, 'open' | 'title'>) {
  const [typed, setTyped] = useState('');
  // As the API compares names: a keyboard may compose letters otherwise.
  const matches = typed.normalize('NFC') === name.normalize('NFC');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (matches) onConfirm();
  };
  return (
    <form onSubmit={submit}>
      <div className="mb-4 text-14">{children}</div>
      <Field
        label={
          <>
            {t.typeThe(noun)}
            <code className="rounded-badge bg-sunken px-1 font-mono font-normal break-all">
              <bdi className="whitespace-pre-wrap">{name}</bdi>
            </code>
          </>
        }
      >
        {(wiring) => (
          <TextInput
            {...wiring}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            className="font-mono"
          />
        )}
      </Field>
      {error}
      <DialogActions>
        <Button onClick={onClose}>{t.cancel}</Button>
        <Button type="submit" look={look} busy={busy} disabled={!matches}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
