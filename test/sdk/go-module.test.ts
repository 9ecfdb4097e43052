/** The SDK for Go as a module: its own tests, its form, and a program in an empty module that requires it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { callerEnvironment } from '../../tools/child-environment.mjs';
import { openAccount } from '../support/caller.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { build, GO_SDK, GO_TESTS, go, runGo, withGo } from './go-program.ts';

const MODULE = /^module (.+)$/m.exec(readFileSync(`${GO_SDK}go.mod`, 'utf8'))?.[1] ?? '';

/** What an application does with it: enrol, check a code twice, read it back. */
const PROGRAM = `package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"

	"${MODULE}"
)

func main() {
	ctx := context.Background()
	k, err := kanda.New(kanda.Options{URL: os.Getenv("KANDA_URL"), APIKey: os.Getenv("KANDA_API_KEY")})
	if err != nil {
		log.Fatal(err)
	}
	made, err := k.Register(ctx, kanda.Registration{ClientID: "alice", Label: "a", Issuer: "b", Type: "hotp"})
	if err != nil {
		log.Fatal(err)
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(made.Secret.Reveal())
	if err != nil {
		log.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(make([]byte, 8))
	sum := mac.Sum(nil)
	code := fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff)%1_000_000)
	for range 2 {
		verdict, err := k.Validate(ctx, kanda.ShownFactor{ClientID: "alice", Token: code})
		fmt.Println(kanda.IsValid(verdict), err)
	}
	events := k.Logs.List(kanda.EventFilter{ClientID: "alice", Limit: 2})
	for events.Next(ctx) {
		fmt.Println(events.Value().Event)
	}
	_, err = k.Clients.Get(ctx, "no-such-user")
	var problem *kanda.Problem
	fmt.Println(events.Err(), errors.Is(err, kanda.ErrClientNotFound), errors.As(err, &problem))
	fmt.Printf("%v %+v %#v\\n", made.Secret, made, k)
}
`;

afterAll(endAll);

function declareTests(): void {
  test('passes its own tests', () => {
    expect(runGo(['test', '-count=1', './...'], GO_SDK)).toMatch(/^ok\s/);
  });

  test.each([GO_SDK, GO_TESTS])('is as go vet and gofmt want it: %s', (module) => {
    runGo(['vet', './...'], module);
    const gofmt = join(dirname(go ?? ''), 'gofmt');
    expect(execFileSync(gofmt, ['-l', '.'], { cwd: module, encoding: 'utf8' })).toBe('');
  });

  test('is built, vetted and run in an empty module, without a network', async () => {
    const folder = temporaryFolder();
    runGo(['mod', 'init', 'shop.example/shop'], folder);
    runGo(['mod', 'edit', `-require=${MODULE}@v0.1.0`, `-replace=${MODULE}=${GO_SDK}`], folder);
    writeFileSync(join(folder, 'main.go'), PROGRAM);
    runGo(['mod', 'tidy'], folder);
    expect(readdirSync(folder).sort(), 'no go.sum: it needs no other module').toEqual(['go.mod', 'main.go']);
    runGo(['vet', './...'], folder);

    const server = await KandaProcess.start();
    const { apiKey } = await openAccount(server.url);
    const { stdout, stderr } = spawnSync(build('.', folder), {
      encoding: 'utf8',
      env: callerEnvironment({ KANDA_URL: server.url, KANDA_API_KEY: apiKey }),
    });
    const [first, second, ...rest] = stdout.trim().split('\n');
    expect([first, second], stderr).toEqual(['true <nil>', 'false <nil>']);
    const events = ['totp.validated', 'totp.validated', 'client.registered'];
    expect(rest.slice(0, 4)).toEqual([...events, '<nil> true true']);
    expect(rest[4]).toContain('[redacted]');
    expect(stdout).not.toMatch(/kan_|[A-Z2-7]{16}|eyJ/);
  });
}

withGo(declareTests);

test('its module path is the same wherever it is written', () => {
  const root = join(GO_SDK, '../..');
  const listed = execFileSync('git', ['ls-files', '*.go', '*.mod', 'sdks/go/*.md', 'docs/guides/sdk-go.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [host = ''] = MODULE.split('/');
  const written = new RegExp(`\\b${host.replaceAll('.', '\\.')}/[\\w./-]*\\w`, 'g');
  const other = listed
    .trim()
    .split('\n')
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(written)].map(([path]) => `${file}: ${path}`),
    )
    .filter((line) => !new RegExp(`: ${MODULE}(?:$|-tests|/kandatest$)`).test(line));
  expect(other).toEqual([]);
});
