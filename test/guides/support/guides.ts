/** The guides whose programs can be run here. They have one set of routes, so one walk is for all. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GO_SDK, go, runGo } from '../../sdk/go-program.ts';
import { PYTHON_SDK, python } from '../../sdk/python-sdk.ts';
import { projectWithSdk } from '../../sdk/sdk-package.ts';
import { findTool } from '../../support/test-tools.ts';
import type { Guide } from './application.ts';
import { djangoProject } from './django-project.ts';
import { nextProject } from './next-project.ts';

const express = findTool('express');
const fastify = findTool('fastify');
const nextjs = findTool('nextjs');

let installed: string | null = null;
/** The SDK as its package has it, made once. */
function sdk(): string {
  installed ??= join(projectWithSdk(), 'node_modules', '@kanda');
  return installed;
}

/** A program that is one file, beside the SDK and the packages of a node_modules. */
function withNode(packages: string): Guide['build'] {
  return (folder, blocks) => {
    writeFileSync(join(folder, 'app.mjs'), blocks.join('\n'));
    const own = join(folder, 'node_modules');
    mkdirSync(own);
    for (const name of readdirSync(packages)) {
      if (!name.startsWith('.')) symlinkSync(join(packages, name), join(own, name));
    }
    symlinkSync(sdk(), join(own, '@kanda'));
    return () => [process.execPath, join(folder, 'app.mjs')];
  };
}

const SDK_FOR_PYTHON = { PYTHONPATH: `${PYTHON_SDK}/src`, PYTHONDONTWRITEBYTECODE: '1' };

/** The SDK for Python from its sources, with the interpreter that has its dependency and the frameworks. */
function withPython(python: string): Guide['build'] {
  return (folder, blocks) => {
    writeFileSync(join(folder, 'app.py'), blocks.join('\n'));
    return () => [python, join(folder, 'app.py')];
  };
}

/** A module with the SDK's folder in the place of its package, built and not only run: its end is then its process's. */
const withGo: Guide['build'] = (folder, blocks) => {
  writeFileSync(join(folder, 'main.go'), blocks.join('\n'));
  const module = [
    'module app',
    'go 1.24',
    `require kanda.example/kanda v0.0.0`,
    `replace kanda.example/kanda => ${GO_SDK}`,
  ];
  writeFileSync(join(folder, 'go.mod'), module.join('\n'));
  runGo(['build', '-buildvcs=false', '-o', 'app', '.'], folder);
  return () => [join(folder, 'app')];
};

const node = (page: string, tool: string | null): Guide[] =>
  tool === null ? [] : [{ page, language: 'js', build: withNode(dirname(dirname(tool))) }];

export const guides: readonly Guide[] = [
  ...node('express', express),
  ...node('fastify', fastify),
  ...(nextjs === null
    ? []
    : [{ page: 'nextjs', language: 'js', ...nextProject(dirname(dirname(nextjs)), sdk) } as const]),
  ...(python === null
    ? []
    : [
        {
          page: 'fastapi',
          language: 'py',
          build: withPython(python),
          env: SDK_FOR_PYTHON,
        } as const,
        {
          page: 'django',
          language: 'py',
          build: djangoProject(python, SDK_FOR_PYTHON),
          env: SDK_FOR_PYTHON,
        } as const,
      ]),
  ...(go === null ? [] : [{ page: 'go', language: 'go', build: withGo } as const]),
];
