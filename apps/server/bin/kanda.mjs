#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript can still say so.
const REQUIRED = 24;

if (Number.parseInt(process.versions.node, 10) < REQUIRED) {
  console.error(
    `Kanda runs on Node ${REQUIRED} or newer, and this is Node ${process.versions.node}.\n` +
      "In Kanda's folder, `npm start` (the server) and `npm run kanda -- <command>` (everything else) bring the right one.",
  );
  process.exitCode = 1;
} else {
  await import('../src/main.ts');
}
