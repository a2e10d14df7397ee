// A trained flow as a file that the native program opens and this page reads again: safetensors with what `boltzflow export` writes.
import { FORMAT } from '../checkpoint.js';
import { xxh3 } from './xxh3.js';

const utf8 = new TextEncoder();
/** The header ends where numbers may begin. */
const ALIGNED = 8;

/**
 * The bytes of the file. `model`: as the engine gives it; `layout`: the names and shapes of its parameters; `changes`: the preset and the
 * settings that differ from it, see `changesOf`.
 */
export function modelFile(engine, { theta, digest, step, training_evaluations: training, data_evaluations: data }, layout, { preset, settings, parameters, seed }) {
  const tensors = [];
  let at = 0;
  for (const { name, shape } of layout) {
    const count = shape.reduce((product, n) => product * n, 1);
    tensors.push({ name, shape, bytes: new Uint8Array(theta.slice(at, at + count).buffer) });
    at += count;
  }
  const metadata = {
    format: FORMAT,
    settings: toml(preset, settings, parameters),
    changes: JSON.stringify({ preset, ...settings, ...parameters }),
    seed: String(seed),
    step: String(step),
    version: engine.version(),
    digest: xxh3(new Uint8Array(theta.buffer, theta.byteOffset, theta.byteLength)),
    theta_fnv1a: digest,
    training_evaluations: String(training),
    data_evaluations: String(data),
  };
  metadata.checksum = checksum(metadata, tensors);
  const header = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, bytes } of tensors) header[name] = { dtype: 'F32', shape: [...shape], data_offsets: [end, (end += bytes.length)] };
  let text = utf8.encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / ALIGNED) * ALIGNED).fill(32);
  padded.set(text);
  text = padded;
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(text.length), true);
  return new Blob([length.buffer, text, ...tensors.map(({ bytes }) => bytes)], { type: 'application/octet-stream' });
}

/** Of everything else, names in order, each part behind its length: as native/src/file/tensors.rs. */
function checksum(metadata, tensors) {
  const parts = [];
  const add = (bytes) => {
    const length = new DataView(new ArrayBuffer(8));
    length.setBigUint64(0, BigInt(bytes.length), true);
    parts.push(new Uint8Array(length.buffer), bytes);
  };
  for (const key of Object.keys(metadata).sort(bytewise)) for (const text of [key, metadata[key]]) add(utf8.encode(text));
  for (const { name, shape, bytes } of [...tensors].sort((a, b) => bytewise(a.name, b.name))) {
    add(utf8.encode(name));
    add(utf8.encode(`[${[...shape].join(', ')}]`));
    add(bytes);
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return xxh3(all);
}

/** Names are plain ASCII: the order of code units is that of bytes. */
const bytewise = (a, b) => (a < b ? -1 : Number(a > b));

/** Settings as a run file of the native program. */
function toml(preset, settings, parameters) {
  const line = ([key, value]) => `${key} = ${tomlValue(value)}\n`;
  const own = Object.entries(parameters);
  return `preset = ${tomlValue(preset)}\n${Object.entries(settings).map(line).join('')}${own.length ? `\n[parameters]\n${own.map(line).join('')}` : ''}`;
}

const tomlValue = (value) => (Array.isArray(value) ? `[${value.join(', ')}]` : typeof value === 'string' ? JSON.stringify(value) : String(value));

/**
 * What differs from the preset of these settings, as values that are numbers, lists of numbers or texts:
 * `{ preset, settings, parameters, seed }`, where `parameters` are those of the energy.
 */
export function changesOf(schema, all) {
  const { preset, seed } = all;
  const { specs, defaults } = schema.of(preset);
  const found = { preset, settings: {}, parameters: {}, seed };
  for (const [key, { kind, group }] of specs) {
    if (!group || all[key] === defaults[key]) continue;
    const isList = kind === 'integers' || kind === 'numbers';
    found[group === 'system' ? 'parameters' : 'settings'][key] = isList ? String(all[key]).split(',').map(Number) : all[key];
  }
  return found;
}
