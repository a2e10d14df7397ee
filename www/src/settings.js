// The settings of a run: read from the address, checked against the engine's schema, written back.
// Only values that differ from the chosen system's own defaults appear in the address. A bare address is a first visit, which
// opens the story; any other without a view is a run that somebody has set, and opens the lab.
/** @import { Engine, Settings, Spec } from './types.d.ts' */

/**
 * What this page adds to the schema: settings of what is shown; the views are those of views.js.
 * @type {Spec[]}
 */
const PAGE_SETTINGS = [
  { key: 'view', kind: 'choice', choices: [], old: { plane: 'lab' }, default: 'lab', help: 'what is shown' },
  { key: 'scene', kind: 'integer', min: 1, max: 8, default: 1, help: 'scene of the story' },
  { key: 'speed', kind: 'choice', choices: ['1', '5', '25', '100', 'full'], default: 'full', help: 'training steps per second' },
];
/**
 * Smaller limits than the library's, so that a tab stays quick.
 * @type {Record<string, number>}
 */
const PAGE_LIMITS = { dim: 32, batch: 4096, hidden: 256, iterations: 100_000, example_chains: 1000, example_steps: 100_000 };

/** Every preset's settings: what they accept, their defaults, and how an address holds them. */
export class Schema {
  /**
   * @param {Engine} engine owns the settings, their ranges and the presets
   * @param {string[]} views names of the page's views
   */
  constructor(engine, views) {
    this.engine = engine;
    this.views = views;
    this.presets = engine.presets();
    /** @type {Map<string, { specs: Map<string, Spec>, defaults: Settings }>} */
    this.known = new Map();
  }

  /**
   * Specifications and default values of a preset, by key.
   * @param {string} preset
   */
  of(preset) {
    const known = this.known.get(preset);
    if (known) return known;
    const specs = new Map([...this.engine.schema(preset), ...PAGE_SETTINGS].map((spec) => {
      const most = PAGE_LIMITS[spec.key];
      const choices = spec.key === 'view' ? this.views : spec.choices;
      return [spec.key, { ...spec, choices, ...(most && { max: Math.min(spec.max ?? most, most) }) }];
    }));
    const page = PAGE_SETTINGS.map(({ key, default: value }) => [key, value]);
    const made = { specs, defaults: { ...this.engine.defaults(preset), ...Object.fromEntries(page) } };
    this.known.set(preset, made);
    return made;
  }

  /**
   * The settings of an address's hash, and sentences about what is not as it was asked for.
   * @param {string} hash
   * @returns {{ settings: Settings, complaints: string[] }}
   */
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

  /**
   * The same, without what the engine refuses when it is put together: a run can begin with these settings.
   * @param {string} hash
   */
  open(hash) {
    const { settings, complaints } = this.read(hash);
    // The page without an address is known to run, and does not wait for the question.
    return !hash || !this.refusal(settings) ? { settings, complaints } : this.accepted(settings, complaints);
  }

  /**
   * What the engine says against these settings together, without beginning a run.
   * @param {Settings} settings
   * @returns {string | undefined}
   */
  refusal(settings) {
    try {
      this.engine.check_settings(...texts(settings));
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  }

  /**
   * Of settings that the engine refuses those that it takes, one added to the preset's own after the other.
   * @param {Settings} settings
   * @param {string[]} complaints gets a sentence about each of the others
   */
  accepted(settings, complaints) {
    const { specs, defaults } = this.of(settings.preset);
    const kept = { ...defaults, ...ofPage(settings) };
    const back = [];
    for (const [key, value] of Object.entries(settings)) {
      if (value === kept[key]) continue;
      const words = this.refusal({ ...kept, [key]: value });
      if (words) {
        complaints.push(`${words} ${key} stays ${kept[key]}.`);
        back.push(...specs.get(key)?.resets ?? []);
      } else kept[key] = value;
    }
    // What a refused setting has taken along comes back.
    for (const key of back) if (kept[key] === 'none') kept[key] = defaults[key];
    return { settings: kept, complaints };
  }

  /**
   * The keys of the settings that have to be said beside the preset.
   * @param {Settings} settings
   */
  said(settings) {
    const { specs, defaults } = this.of(settings.preset);
    const isUsual = (/** @type {string} */ key) => settings[key] === defaults[key];
    // The default of what another setting takes along, too.
    const taken = new Set([...specs.values()].flatMap(({ key, resets = [] }) => (isUsual(key) ? [] : resets)));
    return [...specs.keys()].filter((key) => !isUsual(key) || taken.has(key));
  }

  /**
   * The hash of these settings, empty for the default page.
   * @param {Settings} settings
   */
  write(settings) {
    const hash = new URLSearchParams();
    if (settings.preset !== this.presets[0].name) hash.set('preset', settings.preset);
    for (const key of this.said(settings)) if (key !== 'view') hash.set(key, String(settings[key]));
    if (settings.view !== usualView(hash)) hash.set('view', settings.view);
    return hash.toString().replace(/%2C|%3B/g, (code) => decodeURIComponent(code));
  }
}

/**
 * What a changed setting takes along: a formula is the whole energy, so that wells dug into another one go. The engine says which these are.
 * @param {Settings} settings
 * @param {Spec} spec of the setting that changes
 * @param {(key: string) => boolean} keeps true for what is set with it
 */
export function reset(settings, { resets = [] }, keeps) {
  for (const key of resets) if (!keeps(key)) settings[key] = 'none';
}

/**
 * The message and the hint of an error.
 * @param {unknown} error
 */
export function wordsOf(error) {
  const { message, hint } = /** @type {Error & { hint?: string }} */ (error);
  return [message, hint].filter(Boolean).join(' ');
}

/**
 * The view of an address that names none.
 * @param {URLSearchParams} hash
 */
const usualView = (hash) => (hash.size ? 'lab' : 'story');

/**
 * The settings of the page itself, which no system changes.
 * @param {Settings} settings
 */
export const ofPage = (settings) => Object.fromEntries(PAGE_SETTINGS.map(({ key }) => [key, settings[key]]));

/**
 * Settings as the engine takes them: keys and values as texts, without those of the page and those left empty.
 * @param {Settings} settings
 * @returns {[string[], string[]]}
 */
export function texts(settings) {
  const own = Object.entries(settings).filter(([key, value]) => value !== '' && !PAGE_SETTINGS.some((spec) => spec.key === key));
  return [own.map(([key]) => key), own.map(([, value]) => String(value))];
}

/**
 * The value a text stands for under a specification, `fallback` where it means nothing.
 * @param {Spec} spec
 * @param {string} text
 * @param {any} fallback
 * @returns {{ value: any, complaint?: string }}
 */
export function checked(spec, text, fallback) {
  const { key, kind, choices = [] } = spec;
  const reject = (allowed) => ({ value: fallback, complaint: `${key}=${text} is not ${allowed}; ${key} stays ${fallback}.` });
  if (choices.length > 0) {
    const value = spec.old?.[text] ?? (kind === 'boolean' ? { true: 'yes', false: 'no' }[text] : undefined) ?? text;
    return choices.includes(value) ? { value } : reject(`one of ${choices.join(', ')}`);
  }
  if (kind === 'text') return text.trim() ? { value: text } : reject('a text');
  if (kind === 'points') return points(text) ? { value: text } : reject('a list of points such as 0,1,5,0.6;2,0,4,0.5, or none');
  // One number, or one for each coordinate.
  if (kind === 'number or numbers' && text.trim() !== '' && Number.isFinite(Number(text))) return { value: Number(text) };
  if (isList(spec)) return list(spec, text, reject);
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return reject('a number');
  if (kind === 'positive' && number <= 0) return reject('a positive number');
  const value = nearest(spec, number);
  return value === number ? { value } : { value, complaint: `${key}=${text} became ${value}, ${reason(spec, value)}.` };
}

/**
 * Whether a text may hold several numbers, separated by commas.
 * @param {Spec} spec
 */
export const isList = ({ kind }) => ['integers', 'numbers', 'number or numbers'].includes(kind);

/**
 * Numbers separated by commas, as a text.
 * @param {Spec} spec
 * @param {string} text
 * @param {(allowed: string) => { value: any, complaint: string }} reject
 */
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

/**
 * Whether a text is `none`, or points of equally many finite numbers, separated by semicolons.
 * @param {string} text
 */
function points(text) {
  if (text === 'none') return true;
  const all = text.split(';').map((point) => point.split(',').map((part) => (part.trim() === '' ? NaN : Number(part))));
  return all.length <= MOST_POINTS && all.every((point) => point.length === all[0].length && point.every(Number.isFinite));
}

/**
 * The allowed number next to a number.
 * @param {Spec} spec
 * @param {number} number
 */
function nearest({ kind, min = -Infinity, max = Infinity }, number) {
  const whole = kind.startsWith('integer') ? Math.round(number) : number;
  return Math.min(max, Math.max(min, whole));
}

/**
 * @param {Spec} spec
 * @param {number} value
 */
function reason({ min, max }, value) {
  if (value === max) return 'the most this page runs';
  return value === min ? 'the least this page runs' : 'the nearest whole number';
}
