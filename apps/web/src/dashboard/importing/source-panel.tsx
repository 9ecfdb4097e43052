import { type ClipboardEvent, type DragEvent, useRef, useState } from 'react';
import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { Field, TextArea } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Source } from './messages.ts';

/** Takes a file that is dropped, chosen or pasted, or text. */
export function SourcePanel({ onSource }: { onSource: (source: Source) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [typing, setTyping] = useState(false);
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length > 0) onSource({ files });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    take(event.clipboardData.files);
  };
  return (
    <Panel title={t.what}>
      <div className="flex flex-col gap-4 px-4 pb-5 sm:px-5" onPaste={paste}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same for the keyboard */}
        <div
          data-drop
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
          className={classes(
            'flex flex-col items-center gap-3 rounded-control border border-dashed border-edge px-4 py-8 text-center text-14',
            over && 'bg-sunken',
          )}
        >
          <span className="text-muted">
            <Icon name="upload" size={24} />
          </span>
          <p>{t.dropFile}</p>
          <div className="flex flex-wrap justify-center gap-2">
            <Button look="primary" onClick={() => input.current?.click()}>
              {t.chooseFile}
            </Button>
            <Button aria-expanded={typing} onClick={() => setTyping(!typing)}>
              {t.pasteText}
            </Button>
          </div>
          <input
            ref={input}
            type="file"
            multiple
            hidden
            aria-label={t.fileToImport}
            onChange={({ target }) => {
              take(target.files);
              target.value = '';
            }}
          />
        </div>
        {typing && <PastedText onText={(text) => onSource({ text })} />}
        <WhereItIsRead />
      </div>
    </Panel>
  );
}

function WhereItIsRead() {
  return (
    <p className="text-14 text-muted">
      {t.readHere(
        (words) => (
          <a href="/docs/guides/moving-in">{words}</a>
        ),
        (words) => (
          <code>{words}</code>
        ),
      )}
    </p>
  );
}

function PastedText({ onText }: { onText: (text: string) => void }) {
  const text = useRef<HTMLTextAreaElement>(null);
  return (
    <form
      className="flex flex-col items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const pasted = text.current?.value ?? '';
        if (pasted.trim() !== '') onText(pasted);
      }}
    >
      <Field label={t.textToImport} hint={t.textToImportHint} className="w-full">
        {(wiring) => (
          <TextArea
            {...wiring}
            ref={text}
            rows={6}
            required
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
      </Field>
      <Button type="submit" look="primary">
        {t.readIt}
      </Button>
    </form>
  );
}
