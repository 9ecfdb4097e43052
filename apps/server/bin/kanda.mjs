#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 node --max-semi-space-size=4 --max-old-space-size=384 --disable-sigusr1
// A request leaves little behind: a nursery of 4 MB is as fast as the default of 16, and spares tens of megabytes. The
// heap is bounded because V8 lets it grow with the machine's memory: on 24 GB a busy server of 100,000 clients came
// to 325 MB that it had no use for, with the bound it stays under 200. What it remembers is bounded far below.
// glibc keeps what a thread has freed for that thread. Each of four hashes passwords with 19 MB, and all kept theirs
// after the first log-ins; with two arenas for all threads a flood of log-ins ends 70 MB lower.
// SIGUSR1 would open Node's debugger, to which the memory with all keys is open.
// Plain JavaScript, so that a Node too old to read TypeScript can still say so.
import { executionAsyncResource } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';

const REQUIRED = 24;

// One of the objects that Node makes for each `process.nextTick`, kept before anything else runs: with it V8 keeps their
// shape. When a few collections have found none of them alive, as while a server starts, V8 drops the shape, and what it
// compiles for `nextTick` fits no object that is made later: from then on a call takes 0.4 µs in place of 0.07, and an HTTP
// request makes seven.
process.nextTick(() => {
  Object.defineProperty(globalThis, Symbol('a tick'), { value: executionAsyncResource() });
});

if (Number.parseInt(process.versions.node, 10) < REQUIRED) {
  console.error(
    `Kanda runs on Node ${REQUIRED} or newer, and this is Node ${process.versions.node}.\n` +
      `Install Node ${REQUIRED} or newer (https://nodejs.org). In a copy of Kanda's repository, \`npm start\` (the server) ` +
      'and `npm run kanda -- <command>` (everything else) bring the right one.',
  );
  process.exitCode = 1;
} else {
  const [{ enableCompileCache }, { bundledProgram }] = await Promise.all([
    import('node:module'),
    import('./bundled.mjs'),
  ]);
  // Compiled code is kept beside the packages, not in a folder that other users can write; without rights there, nowhere.
  enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/kanda/', import.meta.url)));
  const bundled = bundledProgram();
  await (bundled === null ? import('../src/main.ts') : import(bundled));
}
