import type { LoopEnd } from './recordLoop.js'

/**
 * Pairs go to the writer by columns, as many at once as it likes: what it likes changes only when it gets some. As long as
 * keys are 32-bit integers and values numbers, as most are or none, these are columns of numbers.
 */
export const PAIRS: LoopEnd = {
  state: `let n = 0, wanted = end.wanted, numeric = true, keys = new Int32Array(wanted), values = new Float64Array(wanted);
const begin = () => {
  n = 0; wanted = end.wanted;
  if (!numeric) { keys = new Array(wanted); values = new Array(wanted); }
  else if (keys.length < wanted) { keys = new Int32Array(wanted); values = new Float64Array(wanted); }
};
const leaveNumbers = () => {
  numeric = false;
  const [someKeys, someValues] = [keys, values];
  keys = new Array(wanted); values = new Array(wanted);
  for (let i = 0; i < n; i++) { keys[i] = someKeys[i]; values[i] = someValues[i]; }
};
const flush = () => {
  if (n === 0) return;
  if (numeric) end.write(support.numberPairs(keys, values, n));
  else end.write(n === wanted ? { keys, values } : { keys: keys.slice(0, n), values: values.slice(0, n) });
  begin();
};`,
  record: (v) => `if (!Array.isArray(${v})) support.notPair(${v});
{
  const key = ${v}[0], value = ${v}[1];
  if (numeric && !(typeof key === 'number' && typeof value === 'number' && (key | 0) === key && (key !== 0 || 1 / key > 0))) leaveNumbers();
  keys[n] = key; values[n] = value;
  if (++n === wanted) flush();
}`,
  result: 'flush()',
}
