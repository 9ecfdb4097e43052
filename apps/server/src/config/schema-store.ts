/** The settings about what is stored: where, and the key that protects it. */
import { parseDatabaseUrl } from './addresses.ts';
import { optional, withDefault } from './setting.ts';
import { parseMasterKey, secondsWithin, wholeNumber } from './values.ts';

export const STORE_SETTINGS = {
  dataDir: withDefault({
    name: 'KANDA_DATA_DIR',
    flag: 'data-dir',
    description: 'The folder for kanda.db and master.key; created if missing.',
    default: './data',
    example: '/var/lib/kanda',
    parse: (text) => text,
  }),
  databaseUrl: optional({
    name: 'KANDA_DATABASE_URL',
    flag: 'database-url',
    description:
      'The PostgreSQL database that holds everything; without it, SQLite in the data directory. ' +
      'Other users of the machine can read command lines: prefer the variable if the URL contains a password.',
    example: 'postgres://kanda:password@localhost:5432/kanda',
    parse: parseDatabaseUrl,
  }),
  databaseUrlFile: optional({
    name: 'KANDA_DATABASE_URL_FILE',
    flag: 'database-url-file',
    description: 'A file that contains the URL, instead of KANDA_DATABASE_URL.',
    example: '/run/secrets/kanda-database-url',
    parse: (text) => text,
  }),
  databasePool: withDefault({
    name: 'KANDA_DATABASE_POOL',
    flag: 'database-pool',
    description: 'The most connections to PostgreSQL that this process opens, from 4 to 100.',
    default: '10',
    example: '20',
    parse: (text) => wholeNumber(text, 4, 100),
  }),
  databaseConnectSeconds: withDefault({
    name: 'KANDA_DATABASE_CONNECT_TIMEOUT',
    flag: 'database-connect-timeout',
    description:
      'How long a call waits for a connection to PostgreSQL before it gets 503, from 1s to 1m; long enough for a failover.',
    default: '5s',
    example: '10s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  databaseStatementSeconds: withDefault({
    name: 'KANDA_DATABASE_STATEMENT_TIMEOUT',
    flag: 'database-statement-timeout',
    description: 'How long PostgreSQL may work on one statement, from 1s to 5m.',
    default: '10s',
    example: '30s',
    parse: (text) => secondsWithin(text, 'sm', 1, 300, '1s to 5m'),
  }),
  databaseLockSeconds: withDefault({
    name: 'KANDA_DATABASE_LOCK_TIMEOUT',
    flag: 'database-lock-timeout',
    description: 'How long a statement waits for a lock in PostgreSQL, from 1s to 1m.',
    default: '5s',
    example: '3s',
    parse: (text) => secondsWithin(text, 'sm', 1, 60, '1s to 1m'),
  }),
  masterKey: optional({
    name: 'KANDA_MASTER_KEY',
    flag: null,
    description:
      'The key that protects every stored secret, 32 bytes as base64 (`openssl rand -base64 32`); without it, ' +
      'one is made on first start in the data directory. During a rotation: the new key, a comma, the older one. ' +
      'It has no flag, since command lines are visible to all.',
    example: 'the output of `openssl rand -base64 32`',
    parse: parseMasterKey,
  }),
  masterKeyFile: optional({
    name: 'KANDA_MASTER_KEY_FILE',
    flag: 'master-key-file',
    description:
      'A file that contains the master key, instead of KANDA_MASTER_KEY; during a rotation the new key and, on a ' +
      'line of its own, the older one.',
    example: '/run/secrets/kanda-master-key',
    parse: (text) => text,
  }),
  masterKeyCommand: optional({
    name: 'KANDA_MASTER_KEY_COMMAND',
    flag: 'master-key-command',
    description:
      'A command that prints the master key, instead of KANDA_MASTER_KEY: from a key service, an HSM or an encrypted ' +
      'file. The shell runs it once at each start; it has 30 seconds. During a rotation it prints the new key and, on ' +
      'a line of its own, the older one. Put no secret into the command itself: every user of a machine sees command lines.',
    example: 'age --decrypt -i /etc/kanda/age.key /etc/kanda/master.key.age',
    parse: (text) => text,
  }),
};
