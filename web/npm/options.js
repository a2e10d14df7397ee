// What a caller asks for, checked and as the engine takes it: texts by key.
import { problem } from './errors.js';

const MOST_WORKERS = 64;
/** Options that are no settings of the engine. */
const OWN = ['preset', 'system', 'wasm', 'workers', 'examples', 'energyAndGradient', 'range'];

/**
 * `{ keys, values, workers, examples, energy, range }` of the options of `create`. Values are checked by the engine, which knows what is allowed.
 */
export function optionsOf(engine, options) {
  if (options === null || typeof options !== 'object') throw problem('bad-option', 'Options are an object, such as { preset: "double-well", seed: 1 }.', 'See presets().');
  // `system` is the name that `preset` had before.
  const { preset, workers = 1, examples, energyAndGradient, range: ends } = options;
  const system = preset ?? options.system ?? 'double-well';
  if (preset !== undefined && options.system !== undefined && preset !== options.system) throw problem('bad-option', 'preset and system say the same, but name two.', 'Give preset alone.');
  const names = engine.all_presets().map(({ name }) => name);
  if (!names.includes(system)) throw problem('unknown-system', `There is no preset ${shown(system)}.`, `${typeof system === 'string' ? `Did you mean "${nearest(system, names)}"? ` : ''}Known: ${names.join(', ')}.`);
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > MOST_WORKERS) throw problem('bad-option', `workers = ${shown(workers)} is not allowed: it must be a whole number from 1 to ${MOST_WORKERS}.`, 'Leave it out for one.');
  const known = engine.schema(system).map(({ key }) => key);
  const keys = ['preset'];
  const values = [system];
  for (const [key, value] of Object.entries(options)) {
    if (OWN.includes(key) || value === undefined) continue;
    if (!known.includes(key)) throw problem('bad-option', `There is no option ${shown(key)} of ${system}.`, `Did you mean "${nearest(key, [...known, ...OWN])}"? presets() lists them.`);
    keys.push(key);
    values.push(text(key, value));
  }
  const energy = energyOf(energyAndGradient);
  if (!energy && ends !== undefined) throw problem('bad-option', 'A `range` belongs to an energy that is a function.', 'Leave it out; formulas have `lower` and `upper`.');
  return {
    keys,
    values,
    workers,
    examples: examples === undefined ? undefined : rows(examples),
    energy,
    range: energy ? Float64Array.from(range(ends, 'range').flat()) : new Float64Array(),
  };
}

function energyOf(energy) {
  if (energy === undefined || typeof energy === 'function') return energy;
  throw problem('bad-option', `energyAndGradient = ${shown(energy)} is not allowed: it must be a function (x, energy, gradient).`, 'It fills energy (n) and gradient (n × dim) for x (n × dim).');
}

/** Intervals, one for each coordinate: [[low, high], …]. */
export function range(ends, name) {
  const isInterval = (pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite) && pair[0] < pair[1];
  if (Array.isArray(ends) && ends.length > 0 && ends.every(isInterval)) return ends;
  throw problem('bad-option', `${name} = ${shown(ends)} is not allowed: it must be a list of intervals [low, high], one for each coordinate.`, 'For example [[-4, 4], [-4, 4]].');
}

/** Values of a coordinate that is a function of a configuration. */
export const valuesOf = (along, { dim, x }) => Float64Array.from({ length: x.length / dim }, (_, i) => along(x.subarray(i * dim, (i + 1) * dim)));

/** @param {any} examples */
function rows(examples) {
  const flat = ArrayBuffer.isView(examples) ? Float64Array.from(/** @type {Float64Array} */ (examples)) : Array.isArray(examples) ? Float64Array.from(examples.flat(1)) : undefined;
  if (flat && flat.length > 0 && flat.every(Number.isFinite)) return flat;
  throw problem('bad-option', 'examples must be an array of finite numbers, one configuration after the other.', 'Give a Float64Array of n × dim numbers.');
}

function text(key, value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const isList = (list) => (Array.isArray(list) || ArrayBuffer.isView(list)) && /** @type {any} */ (list).length > 0;
  const isNumbers = (list) => isList(list) && [...list].every((v) => typeof v === 'number');
  if (isNumbers(value)) return [...value].join(',');
  if (isList(value) && [...value].every(isNumbers)) return [...value].map((list) => [...list].join(',')).join(';');
  throw problem('bad-option', `${key} = ${shown(value)} is not allowed: it must be a number, a text or a list of numbers.`, 'presets() says what each option takes.');
}

/** A value in a message. */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** The known name with the fewest letters changed. */
function nearest(name, known) {
  return known.map((other) => [distance(name, other), other]).sort(([a], [b]) => a - b)[0][1];
}

/** Levenshtein's distance, of the first letters of long names. */
function distance(a, b) {
  const [from, to] = [a.slice(0, 40), b];
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(from[i - 1] !== to[j - 1]));
    row = next;
  }
  return row[to.length];
}
