import { t } from '../../texts/importing.ts';
import { Button } from '../../ui/button.tsx';
import { Field, NativeSelect } from '../../ui/field.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, SecondLine, Table } from '../../ui/table.tsx';
import { counted } from '../../ui/time-words.ts';
import { ErrorPanel } from '../parts/failed.tsx';
import type { FormatName, Source, Understood } from './messages.ts';
import { MoreToRead } from './more-to-read.tsx';
import { toldOfProblems } from './outcome.ts';
import { ToldList } from './told-list.tsx';
import type { Import } from './use-import.ts';

/** What was understood of the source, and what else it takes to read it. */
export function PreviewPanel({
  source,
  formats,
  state,
}: {
  source: Source;
  formats: readonly FormatName[];
  state: Import;
}) {
  const { understood, read, reading, progress } = state;
  return (
    <Panel
      title={nameOf(source)}
      actions={
        <Button disabled={progress !== null} onClick={state.forget}>
          {read.pending ? t.stop : t.chooseAnother}
        </Button>
      }
    >
      <div className="flex flex-col gap-5 px-4 pb-5 sm:px-5">
        <FormatField
          formats={formats}
          value={reading.format}
          found={understood?.format ?? null}
          disabled={progress !== null}
          onChange={(format) => state.readAgain({ ...reading, format })}
        />
        {read.pending && (
          <Loading>
            <SkeletonRows rows={3} height="h-13" />
          </Loading>
        )}
        {read.error !== null && <ErrorPanel error={read.error} />}
        {!read.pending && read.error === null && understood !== null && (
          <>
            <MoreToRead understood={understood} reading={reading} onRead={state.readAgain} />
            <div role="status">
              <Found understood={understood} />
            </div>
            {understood.preview.length > 0 && <PreviewTable understood={understood} />}
            <ToldList label={t.toKnow} told={toldOfProblems(understood.problems)} />
          </>
        )}
      </div>
    </Panel>
  );
}

interface FormatFieldProps {
  formats: readonly FormatName[];
  value: string;
  found: FormatName | null;
  disabled: boolean;
  onChange: (format: string) => void;
}

function FormatField({ formats, value, found, disabled, onChange }: FormatFieldProps) {
  return (
    <Field label={t.format} className="max-w-96">
      {(wiring) => (
        <NativeSelect
          {...wiring}
          value={value}
          disabled={disabled}
          onChange={({ target }) => onChange(target.value)}
        >
          <option value="auto">
            {found === null || value !== 'auto' ? t.recognize : t.recognized(found.title)}
          </option>
          {formats.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </NativeSelect>
      )}
    </Field>
  );
}

function Found({ understood: { format, count } }: { understood: Understood }) {
  if (count === 0) return <Notice tone="warning">{t.nothingToImport}</Notice>;
  const secrets = counted(count, 'secret');
  return (
    <p className="text-14">
      <span className="font-semibold">{format?.title}</span>
      {t.withToImport(secrets, count > 5 ? t.firstFive : '')}
    </p>
  );
}

function PreviewTable({ understood: { preview } }: { understood: Understood }) {
  return (
    <div className="-mx-4 border-y border-border sm:-mx-5">
      <Table
        caption={t.firstOfThem}
        columns={[
          { label: t.userId },
          { label: t.onPhone, wide: true },
          { label: t.codes, wide: true },
          { label: t.secret, wide: true },
          { label: t.comesAlong, wide: true },
        ]}
      >
        {preview.map((row) => (
          <tr key={row.place}>
            <Cell className="max-w-0 lg:w-1/5">
              <span className="block truncate font-mono font-semibold">{row.clientId}</span>
              <span className="block truncate text-12 text-muted">{row.place}</span>
              <SecondLine>
                <span className="truncate">
                  <bdi>{row.label}</bdi> · <bdi>{row.issuer || t.noIssuer}</bdi> · {row.codes}
                </span>
              </SecondLine>
            </Cell>
            <Cell wide className="max-w-0 lg:w-1/4">
              <bdi className="block truncate">{row.label}</bdi>
              <bdi className="block truncate text-muted">{row.issuer || t.noIssuer}</bdi>
            </Cell>
            <Cell wide className="whitespace-nowrap">
              {row.codes}
            </Cell>
            <Cell wide className="whitespace-nowrap">
              <span aria-hidden="true">•••• </span>
              {row.secret}
            </Cell>
            <Cell wide className="text-muted">
              {row.more}
            </Cell>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function nameOf(source: Source): string {
  if ('text' in source) return t.pastedText;
  const [first] = source.files;
  return source.files.length === 1 ? (first?.name ?? '') : t.pictures(source.files.length);
}
