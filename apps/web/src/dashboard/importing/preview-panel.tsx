import { Button } from '../../ui/button.tsx';
import { Field, NativeSelect } from '../../ui/field.tsx';
import { Notice, Panel } from '../../ui/panel.tsx';
import { Loading, SkeletonRows } from '../../ui/skeleton.tsx';
import { Cell, SecondLine, Table } from '../../ui/table.tsx';
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
          {read.pending ? 'Stop' : 'Choose another'}
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
            <ToldList label="What to know about the file" told={toldOfProblems(understood.problems)} />
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
    <Field label="Format" className="max-w-96">
      {(wiring) => (
        <NativeSelect
          {...wiring}
          value={value}
          disabled={disabled}
          onChange={({ target }) => onChange(target.value)}
        >
          <option value="auto">
            {found === null || value !== 'auto' ? 'Recognize it' : `${found.title} (recognized)`}
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
  if (count === 0) return <Notice tone="warning">There is nothing to import in it.</Notice>;
  const secrets = count === 1 ? '1 secret' : `${count.toLocaleString('en')} secrets`;
  return (
    <p className="text-14">
      <span className="font-semibold">{format?.title}</span>, with {secrets} to import
      {count > 5 && '. The first five, as they were understood'}:
    </p>
  );
}

function PreviewTable({ understood: { preview } }: { understood: Understood }) {
  return (
    <div className="-mx-4 border-y border-border sm:-mx-5">
      <Table
        caption="The first of them, as they were understood"
        columns={[
          { label: 'User ID' },
          { label: 'On the phone', wide: true },
          { label: 'Codes', wide: true },
          { label: 'Secret', wide: true },
          { label: 'Comes along', wide: true },
        ]}
      >
        {preview.map((row) => (
          <tr key={row.place}>
            <Cell className="max-w-0 lg:w-1/5">
              <span className="block truncate font-mono font-semibold">{row.clientId}</span>
              <span className="block truncate text-12 text-muted">{row.place}</span>
              <SecondLine>
                <span className="truncate">
                  <bdi>{row.label}</bdi> · <bdi>{row.issuer || 'no issuer'}</bdi> · {row.codes}
                </span>
              </SecondLine>
            </Cell>
            <Cell wide className="max-w-0 lg:w-1/4">
              <bdi className="block truncate">{row.label}</bdi>
              <bdi className="block truncate text-muted">{row.issuer || 'no issuer'}</bdi>
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
  if ('text' in source) return 'The text that you pasted';
  const [first] = source.files;
  return source.files.length === 1 ? (first?.name ?? '') : `${source.files.length} pictures`;
}
