// The settings of a run: read from the address, checked against the engine's schema, written back.
// Only values that differ from the chosen system's own defaults appear in the address. A bare address is a first visit, which
// opens the story; any other without a view is a run that somebody has set, and opens the lab.
import { VIEWS } from './views.js';

/** What this page adds to the schema: settings of the view, and smaller limits than the library's so that a tab stays quick. */
export const PAGE_SETTINGS = [
  { key: 'view', kind: 'choice', choices: VIEWS.map(({ name }) => name), old: { plane: 'lab' }, default: 'lab', help: 'what is shown' },
  { key: 'scene', kind: 'integer', min: 1, max: 8, default: 1, help: 'scene of the story' },
  { key: 'speed', kind: 'choice', choices: ['1', '5', '25', '100', 'full'], default: 'full', help: 'training steps per second' },
];
const PAGE_LIMITS = { dim: 32, batch: 4096, hidden: 256, iterations: 100_000, example_chains: 1000, example_steps: 100_000 };

/** Every preset's settings: what they accept, their defaults, and how an address holds them. */
export class Schema {
  /** `engine`: the wasm module; it owns the settings, their ranges and the presets. */
  constructor(engine) {
    this.engine = engine;
    this.presets = engine.presets();
    this.known = new Map();
  }

  /** `{ specs, defaults }` of a preset: specifications and default values by key. */
  of(preset) {
    if (!this.known.has(preset)) {
      const rows = [...this.engine.schema(preset), ...PAGE_SETTINGS].map((spec) => {
        const most = PAGE_LIMITS[spec.key];
        return [spec.key, most ? { ...spec, max: Math.min(spec.max ?? most, most) } : spec];
      });
      const page = PAGE_SETTINGS.map(({ key, default: value }) => [key, value]);
      this.known.set(preset, { specs: new Map(rows), defaults: { ...this.engine.defaults(preset), ...Object.fromEntries(page) } });
    }
    return this.known.get(preset);
  }

  /** `{ settings, complaints }` from an address's hash; each complaint is a sentence. */
  read(hash) {
    const given = new URLSearchParams(hash.replace(/^#/, ''));
    const complaints = [];
    let preset = given.get('preset') ?? this.presets[0].name;
    if (!this.presets.some(({ name }) => name === preset)) {
      complaints.push(`There is no “${preset}” on this page, so it shows ${this.presets[0].name}.`);
      preset = this.presets[0].name;
    }
    const { specs, defaults } = this.of(preset);
    const settings = { ...defaults, view: usualView(given) };
    for (const [key, text] of given) {
      if (key === 'preset') continue;
      const spec = specs.get(key);
      if (!spec) {
        complaints.push(`“${key}” is not a setting of ${preset} and was left out.`);
        continue;
      }
      const { value, complaint } = checked(spec, text, settings[key]);
      settings[key] = value;
      if (!complaint) reset(settings, spec, (other) => given.has(other));
      if (complaint) complaints.push(complaint);
    }
    return { settings, complaints };
  }

  /** The hash of these settings, empty for the default page. */
  write(settings) {
    const { specs, defaults } = this.of(settings.preset);
    const hash = new URLSearchParams();
    if (settings.preset !== this.presets[0].name) hash.set('preset', settings.preset);
    for (const key of specs.keys()) if (key !== 'view' && settings[key] !== defaults[key]) hash.set(key, String(settings[key]));
    if (settings.view !== usualView(hash)) hash.set('view', settings.view);
    return hash.toString().replace(/%2C|%3B/g, (code) => decodeURIComponent(code));
  }
}

/**
 * What a changed setting takes along: a formula is the whole energy, so that wells dug into another one go. `keeps(key)` is true for what is
 * set with it. The engine says which these are.
 */
export function reset(settings, { resets = [] }, keeps = () => false) {
  for (const key of resets) if (!keeps(key)) settings[key] = 'none';
}

/** The view of an address that names none. */
const usualView = (hash) => (hash.size ? 'lab' : 'story');

/** The settings of the page itself, which no system changes. */
export const ofPage = (settings) => Object.fromEntries(PAGE_SETTINGS.map(({ key }) => [key, settings[key]]));

/** Settings as the engine takes them: keys and values as texts, without those of the page and those left empty. */
export function texts(settings) {
  const own = Object.entries(settings).filter(([key, value]) => value !== '' && !PAGE_SETTINGS.some((spec) => spec.key === key));
  return [own.map(([key]) => key), own.map(([, value]) => String(value))];
}

/** The value a text stands for under a specification: `{ value, complaint? }`, `fallback` where it means nothing. */
export function checked(spec, text, fallback) {
  const { key, kind, choices } = spec;
  const reject = (allowed) => ({ value: fallback, complaint: `${key}=${text} is not ${allowed}; ${key} stays ${fallback}.` });
  if (choices?.length) {
    const value = spec.old?.[text] ?? (kind === 'boolean' ? { true: 'yes', false: 'no' }[text] : undefined) ?? text;
    return choices.includes(value) ? { value } : reject(`one of ${choices.join(', ')}`);
  }
  if (kind === 'text') return text.trim() ? { value: text } : reject('a text');
  if (kind === 'points') return points(text) ? { value: text } : reject('a list of points such as 0,1,5,0.6;2,0,4,0.5, or none');
  // One number, or one for each coordinate.
  if (kind === 'number or numbers' && text.trim() !== '' && Number.isFinite(Number(text))) return { value: Number(text) };
  if (['integers', 'numbers', 'number or numbers'].includes(kind)) return list(spec, text, reject);
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return reject('a number');
  if (kind === 'positive' && number <= 0) return reject('a positive number');
  const value = nearest(spec, number);
  return value === number ? { value } : { value, complaint: `${key}=${text} became ${value}, ${reason(spec, value)}.` };
}

/** Numbers separated by commas, as a text. */
function list(spec, text, reject) {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (numbers.some((number) => !Number.isFinite(number))) return reject('a list of numbers');
  if (numbers.length > 16) return reject('a list of at most 16 numbers');
  const near = numbers.map((number) => nearest(spec, number));
  const value = near.join(',');
  const moved = near.find((number, i) => number !== numbers[i]);
  return moved === undefined ? { value } : { value, complaint: `${spec.key}=${text} became ${value}: ${moved} is ${reason(spec, moved)}.` };
}

const MOST_POINTS = 24;

/** Whether a text is `none`, or points of equally many finite numbers, separated by semicolons. */
function points(text) {
  if (text === 'none') return true;
  const all = text.split(';').map((point) => point.split(',').map((part) => (part.trim() === '' ? NaN : Number(part))));
  return all.length <= MOST_POINTS && all.every((point) => point.length === all[0].length && point.every(Number.isFinite));
}

/** The allowed number next to a number. */
function nearest({ kind, min = -Infinity, max = Infinity }, number) {
  const whole = kind.startsWith('integer') ? Math.round(number) : number;
  return Math.min(max, Math.max(min, whole));
}

function reason({ min, max }, value) {
  if (value === max) return 'the most this page runs';
  return value === min ? 'the least this page runs' : 'the nearest whole number';
}
