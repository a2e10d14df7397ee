// Reads a trained flow from a file of `boltzflow export` or of this page's menu: safetensors, in single or half precision.
// A length of 8 bytes, a JSON header with names, types, shapes and places, then the numbers.

/** A reason why a file cannot be used, with a hint at what to do. */
export class CheckpointError extends Error {
  constructor(message, hint, cause) {
    super(message, { cause });
    Object.assign(this, { code: 'checkpoint', hint });
  }
}

export const FORMAT = 'boltzflow-1';
const WIDTH = { F32: 4, F16: 2 };
const PUBLISH = 'Publish the whole folder of the page, with assets; `cargo xtask checkpoint` makes the file anew.';
const RELOAD = 'Reload the page; if it happens again the file on the server is damaged, and `cargo xtask checkpoint` makes it anew.';

/**
 * Fetches a checkpoint: `{ source, about }`. `source` is what `Pretrained` is made of (see `open`), `about` what the file tells of
 * itself: its metadata, its reference values and its size in bytes.
 */
export async function fetchCheckpoint(url, engine) {
  const response = await fetch(url).catch((cause) => {
    throw new CheckpointError(`The trained flow could not be fetched from ${url}.`, 'Check the connection and try again.', cause);
  });
  if (!response.ok) throw new CheckpointError(`The server answered ${response.status} for the trained flow ${url}.`, PUBLISH);
  return readCheckpoint(await response.arrayBuffer(), engine);
}

/** The same from the bytes of the file. */
export function readCheckpoint(buffer, engine) {
  const { header, start } = headerOf(buffer);
  const about = header.__metadata__ ?? {};
  if (about.format !== FORMAT) throw damaged(about.format ? `it has format ${about.format}, this version reads ${FORMAT}` : 'it names no format');
  const changes = json(about.changes, 'its settings');
  const keys = Object.keys(changes);
  const values = Object.values(changes).map(String);
  const tilt = Float64Array.from((about.tilt ?? '').split(' ').filter(Boolean), Number);
  const theta = [];
  for (const { name, shape } of engine.parameter_layout(keys, values)) {
    const block = header[name];
    if (!block) throw damaged(`there is no “${name}” in it`);
    if (String(block.shape) !== String(shape)) throw damaged(`“${name}” has shape ${block.shape}, this network ${shape}`);
    theta.push(numbers(buffer, start, block, name));
  }
  const source = { keys, values, tilt, theta: joined(theta), digest: about.theta_fnv1a ?? '' };
  const reference = about.reference ? json(about.reference, 'its reference values') : undefined;
  return { source, about: { ...about, reference, bytes: buffer.byteLength } };
}

/** The flow of a source; the engine checks its digest. */
export function open(engine, { keys, values, tilt, theta, digest }) {
  return new engine.Pretrained(keys, values, tilt, theta, digest);
}

function headerOf(buffer) {
  if (buffer.byteLength < 8) throw damaged('it is empty or ends too early');
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > buffer.byteLength - 8) throw damaged('it is no safetensors file, or ends too early');
  return { header: json(new TextDecoder().decode(new Uint8Array(buffer, 8, length)), 'its header'), start: 8 + length };
}

function json(text, what) {
  try {
    const value = JSON.parse(text);
    if (value && typeof value === 'object') return value;
  } catch { /* told below */ }
  throw damaged(`${what} cannot be read`);
}

/** The numbers of one block as f32. */
function numbers(buffer, start, { dtype, shape, data_offsets: [from, to] }, name) {
  const count = shape.reduce((product, n) => product * n, 1);
  const width = WIDTH[dtype];
  if (!width) throw damaged(`“${name}” holds ${dtype}, neither F32 nor F16`);
  if (to - from !== count * width || start + to > buffer.byteLength) throw damaged(`“${name}” ends too early`);
  const view = new DataView(buffer, start + from, to - from);
  if (width === 4) return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  return Float32Array.from({ length: count }, (_, i) => half(view.getUint16(2 * i, true)));
}

/** A number of IEEE half precision from its bits: sign, 5 of the exponent, 10 of the fraction. */
export function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent ? sign * (1 + fraction) * 2 ** (exponent - 15) : sign * fraction * 2 ** -14;
}

function joined(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function damaged(reason) {
  return new CheckpointError(`The file of the trained flow cannot be used: ${reason}.`, RELOAD);
}
