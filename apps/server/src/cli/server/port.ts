import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Config } from '../../config/schema.ts';

/** Adjacent ports to try before asking the OS for any free one. */
const NEIGHBOURS = 10;
export const FIRST_WITHOUT_RIGHTS = 1024;
const USUAL_PORT = 3000;

/** The command that starts the server with these flags in place of those it was started with. */
export type StartedWith = (flags: Readonly<Record<string, string>>) => string;

/** Listens for a moment, and gives the port that it was. @throws what the system says when that is not possible */
export async function tryPort(host: string, port: number): Promise<number> {
  const server = createServer();
  try {
    // Of its own: workers of one leader would share it with each other.
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } finally {
    server.close();
  }
}

/** A port that is free at the moment, best `first` or one soon after it; null when nothing can be listened on there. */
export async function freePort(host: string, first: number): Promise<number | null> {
  const candidates = Array.from({ length: NEIGHBOURS }, (_, index) => first + index);
  for (const port of [...candidates.filter((one) => one < 65_536), 0]) {
    const found = await tryPort(host, port).catch(() => null);
    if (found !== null) return found;
  }
  return null;
}

/** Refuses a start that could not listen in the end, before it makes anything. */
export async function assertPortFree(config: Config, startedWith: StartedWith): Promise<void> {
  await tryPort(config.host, config.port).catch(async (error) => {
    throw await listenError(error, config, startedWith);
  });
}

/** What the system said of the address or the port, with the command that works in its place. */
export async function listenError(
  error: unknown,
  { host, port }: Pick<Config, 'host' | 'port'>,
  startedWith: StartedWith,
): Promise<unknown> {
  const otherPort = async (first: number) =>
    startedWith({ port: String((await freePort(host, first)) ?? 0) });
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} on ${host} is in use. Stop the other program, or take another port: ${await otherPort(port + 1)}`,
        { cause: error },
      );
    case 'EACCES':
      return new Error(
        `Port ${port} needs more rights than this user has. Take one above ${FIRST_WITHOUT_RIGHTS - 1}: ${await otherPort(USUAL_PORT)}`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
      return new Error(
        `${host} is not an address of this machine. Take 127.0.0.1, or 0.0.0.0 for every address: ${startedWith({ host: '127.0.0.1' })}`,
        { cause: error },
      );
    default:
      return error;
  }
}
