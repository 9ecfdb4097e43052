/**
 * Preloaded into a server or a command (`node --import`): as long as the file that TEST_SYNC_FAILS names is there, every
 * fdatasync fails as that of a broken disk does. The system offers no way to make a real one fail on demand.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const file = process.env.TEST_SYNC_FAILS ?? '';
const { fdatasync, fdatasyncSync } = fs;

const failure = () =>
  Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', errno: -5, syscall: 'fdatasync' });

fs.fdatasync = /** @type {typeof fs.fdatasync} */ (
  (/** @type {number} */ descriptor, /** @type {fs.NoParamCallback} */ callback) => {
    if (fs.existsSync(file)) setImmediate(callback, failure());
    else fdatasync(descriptor, callback);
  }
);
fs.fdatasyncSync = (descriptor) => {
  if (fs.existsSync(file)) throw failure();
  fdatasyncSync(descriptor);
};
syncBuiltinESMExports();
