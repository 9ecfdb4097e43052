/** Begins a trial with a daemon, says which, and waits to be killed: for trial.test.ts. */
import { Trial } from './trial.ts';

const trial = new Trial();
const { pid } = trial.start('daemon', 'sleep', ['600']);
console.log(JSON.stringify({ folder: trial.folder, pid }));
setInterval(() => {}, 1_000);
