import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ErrorPanel } from '../parts/failed.tsx';
import type { SendChoices } from './choices.ts';
import type { Import } from './use-import.ts';

const RULES: readonly (readonly [SendChoices['rule'], string])[] = [
  ['column', 'The id in the file, else the label'],
  ['label', 'The label'],
  ['issuer:label', 'Issuer and label: MyApp:alice@example.com'],
  ['template', 'A template'],
];
const CONFLICTS: readonly (readonly [SendChoices['onConflict'], string])[] = [
  ['skip', 'Leave that user as it is'],
  ['fail', 'Import nothing'],
  ['replace', 'Replace all secrets of that user'],
];

/** How records are named and what is done with those that are there: the same choices as `kanda import` has. */
export function ChoicesPanel({ state }: { state: Import }) {
  const { sending, send, choose, understood, progress } = state;
  const count = understood?.count ?? 0;
  const set = (change: Partial<SendChoices>) => choose({ ...sending, ...change });
  return (
    <Panel title="How to import it">
      <div className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <fieldset disabled={progress !== null} className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <legend className="sr-only">How to import it</legend>
          <NameFields sending={sending} set={set} />
          <Field label="A user is there with another secret">
            {(wiring) => (
              <NativeSelect
                {...wiring}
                value={sending.onConflict}
                onChange={({ target }) => {
                  const picked = CONFLICTS.find(([rule]) => rule === target.value);
                  if (picked !== undefined) set({ onConflict: picked[0] });
                }}
              >
                {CONFLICTS.map(([rule, words]) => (
                  <option key={rule} value={rule}>
                    {words}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
          <Checkbox
            label="Allow short secrets"
            hint="Of 80 bits and more, as Laravel Fortify and others make them. They are marked as weak."
            className="sm:col-span-2"
            checked={sending.allowShortSecrets}
            onChange={({ target }) => set({ allowShortSecrets: target.checked })}
          />
        </fieldset>
        {send.error !== null && (
          <div className="flex flex-col gap-2">
            <ErrorPanel error={send.error} />
            <p className="text-14 text-muted">
              What was sent before is imported. Import again: what is there with the same secret stays as it
              is.
            </p>
          </div>
        )}
        {progress === null && (
          <div className="flex flex-wrap gap-2">
            <Button look="primary" disabled={count === 0} onClick={() => void send.run(false)}>
              {count === 1 ? 'Import 1 secret' : `Import ${count.toLocaleString('en')} secrets`}
            </Button>
            <Button disabled={count === 0} onClick={() => void send.run(true)}>
              Try it out
            </Button>
          </div>
        )}
      </div>
    </Panel>
  );
}

function NameFields({ sending, set }: { sending: SendChoices; set: (change: Partial<SendChoices>) => void }) {
  return (
    <>
      <Field label="User ID" hint="Your application's own name for a user.">
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={sending.rule}
            onChange={({ target }) => {
              const picked = RULES.find(([rule]) => rule === target.value);
              if (picked !== undefined) set({ rule: picked[0] });
            }}
          >
            {RULES.map(([rule, words]) => (
              <option key={rule} value={rule}>
                {words}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {sending.rule === 'template' && (
        <Field label="Template" hint="Of {clientId}, {label}, {issuer} and {name}.">
          {(wiring) => (
            <TextInput
              {...wiring}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={sending.template}
              onChange={({ target }) => set({ template: target.value })}
            />
          )}
        </Field>
      )}
      <Field label="Issuer" hint="Shown on the phone for those whose file names none.">
        {(wiring) => (
          <TextInput
            {...wiring}
            autoComplete="off"
            maxLength={128}
            placeholder="MyApp"
            value={sending.issuer}
            onChange={({ target }) => set({ issuer: target.value })}
          />
        )}
      </Field>
    </>
  );
}
