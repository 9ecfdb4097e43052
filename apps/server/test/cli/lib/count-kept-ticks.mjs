// Loaded before a program that is run with --expose-gc: at its end, prints how many of the objects of its calls of
// process.nextTick are still there after collections.
import { createHook } from 'node:async_hooks';

/** @type {WeakRef<object>[]} */
const ticks = [];
const hook = createHook({
  init(_id, type, _trigger, resource) {
    if (type === 'TickObject') ticks.push(new WeakRef(resource));
  },
}).enable();

process.on('exit', () => {
  hook.disable();
  for (let times = 0; times < 10; times++) globalThis.gc?.();
  const kept = ticks.filter((tick) => tick.deref() !== undefined);
  console.log(`ticks: ${ticks.length}, kept: ${kept.length}`);
});
