import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Field, NativeSelect, TextInput } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { counted } from '../../ui/time-words.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import type { SendChoices } from './choices.ts';
import type { Import } from './use-import.ts';

const rules = (): readonly (readonly [SendChoices['rule'], string])[] => [
  ['column', t.idElseLabel],
  ['label', t.theLabel],
  ['issuer:label', t.issuerAndLabel],
  ['template', t.aTemplate],
];
const conflicts = (): readonly (readonly [SendChoices['onConflict'], string])[] => [
  ['skip', t.leaveUser],
  ['fail', t.importNothing],
  ['replace', t.replaceSecrets],
];

/** How records are named and what is done with those that are there: the same choices as `kanda import` has. */
export function ChoicesPanel({ state }: { state: Import }) {
  const { sending, send, choose, understood, progress } = state;
  const count = understood?.count ?? 0;
  const set = (change: Partial<SendChoices>) => choose({ ...sending, ...change });
  return (
    <Panel title={t.how}>
      <div className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <fieldset disabled={progress !== null} className="grid grid-cols-1 gap-4 sm:grid-cols-2">
          <legend className="sr-only">{t.how}</legend>
          <NameFields sending={sending} set={set} />
          <Field label={t.isThere}>
            {(wiring) => (
              <NativeSelect
                {...wiring}
                value={sending.onConflict}
                onChange={({ target }) => {
                  const picked = conflicts().find(([rule]) => rule === target.value);
                  if (picked !== undefined) set({ onConflict: picked[0] });
                }}
              >
                {conflicts().map(([rule, words]) => (
                  <option key={rule} value={rule}>
                    {words}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
          <Checkbox
            label={t.allowShort}
            hint={t.allowShortHint}
            className="sm:col-span-2"
            checked={sending.allowShortSecrets}
            onChange={({ target }) => set({ allowShortSecrets: target.checked })}
          />
        </fieldset>
        {send.error !== null && (
          <div className="flex flex-col gap-2">
            <ErrorPanel error={send.error} />
            <p className="text-14 text-muted">{t.sentBefore}</p>
          </div>
        )}
        {progress === null && (
          <div className="flex flex-wrap gap-2">
            <Button look="primary" disabled={count === 0} onClick={() => void send.run(false)}>
              {t.importSecrets(counted(count, 'secret'))}
            </Button>
            <Button disabled={count === 0} onClick={() => void send.run(true)}>
              {t.tryOut}
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
      <Field label={t.userId} hint={t.userIdHint}>
        {(wiring) => (
          <NativeSelect
            {...wiring}
            value={sending.rule}
            onChange={({ target }) => {
              const picked = rules().find(([rule]) => rule === target.value);
              if (picked !== undefined) set({ rule: picked[0] });
            }}
          >
            {rules().map(([rule, words]) => (
              <option key={rule} value={rule}>
                {words}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      {sending.rule === 'template' && (
        <Field label={t.template} hint={t.templateHint}>
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
      <Field label={t.issuer} hint={t.issuerHint}>
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
