/**
 * Preloaded into a server or a command (`node --import`): as long as the file that TEST_SYNC_FAILS names is there, every
 * fdatasync of a write-ahead log fails as that of a broken disk does. The system offers no way to make a real one fail on
 * demand. One of the database file, which the log is moved into now and then, is another fault: no change is taken then
 * until a restart.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.TEST_SYNC_FAILS ?? '';
const { fdatasync, fdatasyncSync } = fs;

const failure = () =>
  Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', errno: -5, syscall: 'fdatasync' });

const fails = (/** @type {number} */ descriptor) =>
  fs.existsSync(file) &&
  (process.platform !== 'linux' || fs.readlinkSync(`/proc/self/fd/${descriptor}`).endsWith('-wal'));

fs.fdatasync = /** @type {typeof fs.fdatasync} */ (
  (/** @type {number} */ descriptor, /** @type {fs.NoParamCallback} */ callback) => {
    if (fails(descriptor)) setImmediate(callback, failure());
    else fdatasync(descriptor, callback);
  }
);
fs.fdatasyncSync = (descriptor) => {
  if (fails(descriptor)) throw failure();
  fdatasyncSync(descriptor);
};
syncBuiltinESMExports();
