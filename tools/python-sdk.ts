/**
 * The generated modules of the Python SDK: error classes, types, and the methods of both clients with what each sends,
 * so that the synchronous and the asynchronous one cannot differ. `tools/write-sdk.ts` writes them.
 */
import { type Operation, PYTHON_CALLS, type PythonCall } from './python-sdk-calls.ts';
import {
  answerClasses,
  fieldsOf,
  inputClasses,
  pythonName,
  pythonType,
  type Schema,
} from './python-sdk-types.ts';

interface Problem {
  readonly status: number;
  readonly title: string;
}

const FOLDER = 'sdks/python/src/kanda';
const WRITTEN = 'Written by tools/write-sdk.ts.';

/** @returns the text of each file by its path from the repository's root */
export function pythonFiles(
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
  problems: Readonly<Record<string, Problem>>,
  className: (code: string) => string,
): [path: string, text: string][] {
  const calls = PYTHON_CALLS.map((call) => new Described(call, paths));
  return [
    [`${FOLDER}/problems.py`, problemModule(problems, className)],
    [`${FOLDER}/types.py`, typeModule(calls)],
    [`${FOLDER}/_calls.py`, callModule(calls)],
  ];
}

function problemModule(
  problems: Readonly<Record<string, Problem>>,
  className: (code: string) => string,
): string {
  const all = Object.entries(problems);
  const classes = all.map(
    ([code, { status, title }]) => `class ${className(code)}(Problem):\n    """${status}: ${title}."""\n`,
  );
  const rows = all.map(([code]) => `    "${code}": ${className(code)},`);
  return `"""A class for each error code. ${WRITTEN}"""

from __future__ import annotations

from typing import Final

from ._errors import Problem

__all__ = [
${all.map(([code]) => `    "${className(code)}",`).join('\n')}
]


${classes.join('\n\n')}

PROBLEM_CLASSES: Final[dict[str, type[Problem]]] = {
${rows.join('\n')}
}
"""The class of each code."""
`;
}

function typeModule(calls: readonly Described[]): string {
  const inputs = inputClasses(calls.map(({ body }) => body));
  const answers = answerClasses(calls.map(({ call, item }) => ({ ...call, schema: item })));
  const text = [...inputs, ...answers].join('\n\n');
  const names = [...text.matchAll(/^(?:class )?([A-Z]\w+)(?=[(:]| = )/gm)].map(
    ([, name]) => `    "${name}",`,
  );
  return `"""What calls take and answer. ${WRITTEN}"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from ._secret import Secret

__all__ = [
${names.join('\n')}
]


${text}`;
}

function callModule(calls: readonly Described[]): string {
  const groups = [...Map.groupBy(calls, ({ call }) => call.group)];
  const classes = [false, true].flatMap((asynchronous) =>
    groups.map(([group, members]) => {
      const name = `${asynchronous ? 'Async' : ''}${group}`;
      const sender = asynchronous ? 'AsyncSender' : 'Sender';
      const methods = members.map((member) => member.method(asynchronous)).join('\n');
      const doc = asynchronous ? `\`${group}\` with \`await\`.` : GROUP_DOCS[group];
      return `class ${name}:
    """${doc}"""

    def __init__(self, sender: ${sender}) -> None:
        self._sender = sender

${methods}`;
    }),
  );
  return `"""Every call, for the synchronous client and the asynchronous one. ${WRITTEN}"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from . import _wire, types
from ._pages import AsyncPages, AsyncSender, Pages, Sender
from ._wire import UNSET, Unset


${classes.join('\n\n')}`;
}

const GROUP_DOCS: Readonly<Record<string, string>> = {
  UserCalls: 'The calls that an application makes of each user.',
  ClientCalls: 'The enrolled users.',
  AuthenticatorCalls: "A user's phones and hardware tokens.",
  RecoveryCodeCalls: "A user's recovery codes, each accepted once in place of a code of the phone.",
  DeviceCalls: 'The browsers that a user trusts.',
  ReceiptCalls: 'What users approved with a code, signed by Kanda.',
  LinkCalls: 'Pages of Kanda on which users enrol and show codes.',
  LogCalls: 'The access log.',
  PolicyCalls: 'The policy of the account: how clocks may differ, how soon wrong codes lock.',
};

/** A row of the table of calls with what openapi.json says of it. */
class Described {
  readonly call: PythonCall;
  /** What it takes in its body, or in its query; null: nothing. */
  readonly body: Schema | null;
  /** One of what it answers: of a list, one of its things. null: nothing. */
  readonly item: Schema | null;
  readonly #httpMethod: string;
  readonly #path: string;
  readonly #ids: readonly { readonly name: string; readonly type: string }[];

  constructor(call: PythonCall, paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>) {
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        operation.operationId === call.operation ? [{ path, method, operation }] : [],
      ),
    )[0];
    if (found === undefined) throw new Error(`openapi.json has no operation ${call.operation}.`);
    const { operation } = found;
    this.call = call;
    this.#httpMethod = found.method.toUpperCase();
    this.#path = found.path;
    const parameters = operation.parameters ?? [];
    this.#ids = parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name }) => ({ name, type: call.operation === 'getEvent' ? 'int' : 'str' }));
    this.body = operation.requestBody?.content['application/json']?.schema ?? queryOf(operation);
    const answer = (operation.responses['200'] ?? operation.responses['201'])?.content?.['application/json']
      ?.schema;
    this.item = call.list === undefined ? (answer ?? null) : (answer?.properties?.[call.list]?.items ?? null);
  }

  method(asynchronous: boolean): string {
    const { call } = this;
    const paged = call.pages === true;
    const answer = this.#answerType(asynchronous);
    const [define, wait] = asynchronous && !paged ? ['async def', 'await '] : ['def', ''];
    const body = fieldsOf(this.body);
    const optional = body.filter(({ required }) => !required);
    const keywords = [
      ...body
        .filter(({ required }) => required)
        .map(({ name, schema }) => `${pythonName(name)}: ${inputType(name, schema)}`),
      ...optional.map(({ name, schema, nullable }) =>
        nullable
          ? `${pythonName(name)}: ${inputType(name, schema)} | Unset = UNSET`
          : `${pythonName(name)}: ${inputType(name, schema)} | None = None`,
      ),
      ...(this.#httpMethod === 'GET' ? [] : ['idempotency_key: str | None = None']),
      'timeout: float | None = None',
    ];
    const ids = this.#ids.map(({ name, type }) => `${pythonName(name)}: ${type}`);
    const parameters = ['self', ...ids, '*', ...keywords].map((one) => `        ${one},`);
    const sent = body.map(({ name, nullable }) => {
      const value = nullable ? `_wire.nullable(${pythonName(name)})` : pythonName(name);
      return `                "${name}": ${value},`;
    });
    const place = this.#ids.map(({ name }) => `, ${pythonName(name)}`).join('');
    const pattern = this.#path.replaceAll(/\{\w+\}/g, '{}');
    const fields = body.length === 0 ? '' : `\n            {\n${sent.join('\n')}\n            },`;
    const built = `_wire.Call(
            "${this.#httpMethod}",
            _wire.path("${pattern}"${place}),
            ${this.#reader()},${fields}
        )`;
    const options = this.#httpMethod === 'GET' ? 'timeout' : 'timeout, idempotency_key';
    const made = paged
      ? `${asynchronous ? 'AsyncPages' : 'Pages'}(self._sender, call, timeout)`
      : `${wait}self._sender.send(call, ${options})`;
    return `    ${define} ${call.name}(
${parameters.join('\n')}
    ) -> ${answer}:
        """${call.doc.replaceAll('. ', `.\n\n        `)}"""
        call = ${built}
        return ${made}
`;
  }

  #answerType(asynchronous: boolean): string {
    const { answer, list, pages } = this.call;
    if (answer === undefined) return 'None';
    if (pages === true) return `${asynchronous ? 'AsyncPages' : 'Pages'}[types.${answer}]`;
    return list === undefined ? `types.${answer}` : `tuple[types.${answer}, ...]`;
  }

  #reader(): string {
    const { answer, list, pages, deciding } = this.call;
    if (answer === undefined) return '_wire.nothing';
    if (pages === true) return `_wire.page_of(types.${answer})`;
    if (list !== undefined) return `_wire.records(types.${answer}, "${list}")`;
    return deciding === undefined
      ? `_wire.record(types.${answer})`
      : `_wire.record(types.${answer}, "${deciding[0]}", ${deciding[1]})`;
  }
}

function inputType(name: string, schema: Schema): string {
  return pythonType(schema, { name, input: true, prefix: 'types.' });
}

/** The parameters of a list as a schema, without those that the iteration sets itself. */
function queryOf({ parameters = [] }: Operation): Schema | null {
  const query = parameters.filter(
    (parameter) =>
      parameter.in === 'query' && !['cursor', 'format', 'after', 'total'].includes(parameter.name),
  );
  if (query.length === 0) return null;
  return {
    type: 'object',
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required === true).map(({ name }) => name),
  };
}
