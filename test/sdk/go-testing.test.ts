/** `kandatest`, as the test suite of an application in Go uses it: that of the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fencedBlocks } from '../../tools/markdown.ts';
import { temporaryFolder } from '../support/kanda-process.ts';
import { GO_SDK, runGo, withGo } from './go-program.ts';

const COMMAND = `kandatest.Command(${[process.execPath, join(GO_SDK, '../../apps/server/bin/kanda.mjs')].map((word) => JSON.stringify(word)).join(', ')})`;

/** Besides: a hardware token, subtests with one server, and starts that fail. */
const MORE = `package shop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kanda.example/kanda"
	"kanda.example/kanda/kandatest"
)

func TestPhones(t *testing.T) {
	ctx := context.Background()
	server := kandatest.NewServer(t, ${COMMAND})
	t.Run("a hardware token shows one code after the other", func(t *testing.T) {
		server := server.In(t)
		registration := kanda.Registration{ClientID: "token", Label: "a", Issuer: "b", Type: "hotp"}
		if _, err := server.Kanda.Register(ctx, registration); err != nil {
			t.Fatal(err)
		}
		phone := server.Phone("token")
		for range 3 {
			shown := kanda.ShownFactor{ClientID: "token", Token: phone.NextCode()}
			if verdict, err := server.Kanda.Validate(ctx, shown); err != nil || !kanda.IsValid(verdict) {
				t.Fatal(verdict, err)
			}
		}
	})
	t.Run("the clock goes on, and users go by one call", func(t *testing.T) {
		server := server.In(t)
		before := server.Now()
		if gone := server.Advance(90 * time.Second).Sub(before); gone < 90*time.Second || gone > 2*time.Minute {
			t.Fatal(gone)
		}
		server.DeleteClients()
		if _, err := server.Kanda.Clients.Get(ctx, "token"); !errors.Is(err, kanda.ErrClientNotFound) {
			t.Fatal(err)
		}
	})
}

// failing is a test that notes how it fails.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}
func (f *failing) Fatalf(format string, values ...any) {
	f.said = fmt.Sprintf(format, values...)
	panic(f)
}

func TestStartsThatFail(t *testing.T) {
	for _, one := range []struct {
		options []kandatest.Option
		said    string
	}{
		{[]kandatest.Option{kandatest.Command("no-such-program")}, "no-such-program"},
		{[]kandatest.Option{kandatest.Command("sh", "-c", "echo no store >&2; exit 3")}, "no store"},
		{[]kandatest.Option{kandatest.Command("sh", "-c", "echo kanda listens; exec sleep 60")}, "kanda listens"},
		{
			[]kandatest.Option{kandatest.Command("sh", "-c", "exec sleep 60"), kandatest.StartTimeout(time.Second / 2)},
			"said nothing",
		},
	} {
		f := &failing{TB: t}
		func() {
			defer func() { _ = recover() }()
			kandatest.NewServer(f, one.options...)
		}()
		if !strings.Contains(f.said, one.said) {
			t.Errorf("%q, not %q", f.said, one.said)
		}
	}
}
`;

withGo(() =>
  test('the suite of the README passes, and sleeps nowhere', () => {
    const [suite, ...others] = fencedBlocks(readFileSync(`${GO_SDK}README.md`, 'utf8')).filter(
      ({ language }) => language === 'golang',
    );
    expect(others).toEqual([]);
    expect(suite?.text).not.toMatch(/Sleep/);
    const folder = temporaryFolder();
    const shown = 'kandatest.NewServer(t)';
    expect(suite?.text).toContain(shown);
    const text = suite?.text.replace(shown, `kandatest.NewServer(t, ${COMMAND})`) ?? '';
    writeFileSync(join(folder, 'login_test.go'), text);
    writeFileSync(join(folder, 'more_test.go'), MORE);
    runGo(['mod', 'init', 'shop.example/shop'], folder);
    const module = 'kanda.example/kanda';
    runGo(['mod', 'edit', `-require=${module}@v0.1.0`, `-replace=${module}=${GO_SDK}`], folder);
    runGo(['vet', '.'], folder);
    expect(runGo(['test', '-count=1', '-race=false', '.'], folder)).toMatch(/^ok\s/);
  }),
);
