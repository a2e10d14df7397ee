// Weighted samples as files: `samples` is what the engine gives, { dim, x, energy, log_weight }, rows of x one after the other.

/** The columns of a table of samples. */
const names = ({ dim }) => [...Array.from({ length: dim }, (_, i) => `x${i}`), 'energy', 'log_weight'];

const rows = ({ dim, x, energy, log_weight: logWeight }) => Array.from(energy, (u, i) => [...x.subarray(dim * i, dim * (i + 1)), u, logWeight[i]]);

/** Comma-separated values with a line of names; `#` begins the line that says where they come from. */
export function csv(samples, source) {
  return new Blob([`# ${source}\n${names(samples).join(',')}\n`, ...rows(samples).map((row) => `${row.join(',')}\n`)], { type: 'text/csv' });
}

/** A NumPy array of records with the fields x (dim numbers), energy and log_weight. */
export function npy(samples) {
  const { dim, energy } = samples;
  const type = `[('x', '<f8', (${dim},)), ('energy', '<f8'), ('log_weight', '<f8')]`;
  const text = `{'descr': ${type}, 'fortran_order': False, 'shape': (${energy.length},), }`;
  // Magic, version and length take ten bytes; numbers begin at a multiple of 64, after a line break.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = new Uint8Array(10);
  head.set([0x93, ...[...'NUMPY'].map((letter) => letter.charCodeAt(0)), 1, 0, length & 255, length >> 8]);
  const data = new DataView(new ArrayBuffer(8 * (dim + 2) * energy.length));
  rows(samples).flat().forEach((value, i) => data.setFloat64(8 * i, value, true));
  return new Blob([head, `${text.padEnd(length - 1)}\n`, data.buffer], { type: 'application/octet-stream' });
}

/** Extended xyz: a frame for each sample, its coordinates as particles in two dimensions. */
export function xyz({ dim, x, energy, log_weight: logWeight }) {
  const particles = Math.ceil(dim / 2);
  const frames = Array.from(energy, (u, i) => {
    const at = (k) => (k < dim ? x[dim * i + k] : 0);
    const lines = Array.from({ length: particles }, (_, p) => `X ${at(2 * p)} ${at(2 * p + 1)} 0\n`);
    return `${particles}\nProperties=species:S:1:pos:R:3 energy=${u} log_weight=${logWeight[i]} pbc="F F F"\n${lines.join('')}`;
  });
  return new Blob(frames, { type: 'chemical/x-xyz' });
}

export const WRITERS = { npy, csv, xyz };
