/** The Go blocks of a document, as one program against a live server: it prints what its comments say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { SHOWN_API_KEY, SHOWN_URL } from '../support/document-session.ts';
import { endAll, KandaProcess, temporaryFolder } from '../support/kanda-process.ts';
import { build, GO_SDK, GO_TESTS, printedByProgram, runGo, withGo } from './go-program.ts';
import { documentsOf, keyOfReader } from './shown-program.ts';

/** The phone: the code of the present step at first, and then of the next one. */
const PHONE = `package main

import (
	"kanda.example/kanda"
	"kanda.example/kanda-tests/otp"
)

var shownCodes int64

func typed(enrolment kanda.Enrolment) string {
	code, err := otp.Code(enrolment.Secret.Reveal(), otp.Now()+shownCodes)
	if err != nil {
		panic(err)
	}
	shownCodes++
	return code
}
`;

afterAll(endAll);

withGo(() =>
  test.each(documentsOf('sdks/go', 'sdk-go'))('%s', async (path) => {
    const server = await KandaProcess.start();
    const apiKey = await keyOfReader(server.url, path);
    const program = fencedBlocks(readFileSync(join(GO_SDK, '../..', path), 'utf8'))
      .filter(({ language }) => language === 'go')
      .map(({ text }) => text)
      .join('\n');
    const promised = [...program.matchAll(/fmt\.Println\(.*\) \/\/ (.*)/g)].map(([, line]) => line);
    expect(promised.length).toBeGreaterThan(1);

    const folder = temporaryFolder();
    const filled = program.replaceAll(SHOWN_URL, server.url).replaceAll(SHOWN_API_KEY, apiKey);
    writeFileSync(join(folder, 'main.go'), filled);
    writeFileSync(join(folder, 'phone.go'), PHONE);
    runGo(['mod', 'init', 'shop.example/shop'], folder);
    for (const [module, place] of [
      ['kanda.example/kanda', GO_SDK],
      ['kanda.example/kanda-tests', GO_TESTS],
    ]) {
      runGo(['mod', 'edit', `-require=${module}@v0.1.0`, `-replace=${module}=${place}`], folder);
    }
    runGo(['vet', '.'], folder);
    const printed = await printedByProgram(build('.', folder));
    expect(printed.trim().split('\n')).toEqual(promised);
  }),
);
