// Pictures of an energy over a grid: contour lines, and cividis for thumbnails.
import { cividis } from './cividis.js';

const SHADES = 512;

/** Paints energies (rows from the bottom) into a canvas of n × n pixels, bright = low, up to `top` above the minimum. */
export function paint(canvas, energies, n, top) {
  const context = canvas.getContext('2d');
  canvas.width = n;
  canvas.height = n;
  const image = context.createImageData(n, n);
  const lowest = minimum(energies);
  const shades = Array.from({ length: SHADES + 1 }, (_, i) => cividis(1 - Math.sqrt(i / SHADES)));
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const height = Math.min(1, (energies[(n - 1 - row) * n + column] - lowest) / top);
      const shade = shades[Math.round(SHADES * height)];
      const at = 4 * (row * n + column);
      for (let part = 0; part < 3; part++) image.data[at + part] = shade[part];
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

export const minimum = (energies) => energies.reduce((low, e) => (e < low ? e : low), Infinity);

/** Heights of contour lines above the minimum, in kT: close together where samples live. */
export const CONTOURS = [1, 2, 3, 5, 7, 10, 15, 25, 45, 80];

/**
 * Contour lines by marching squares: pairs of points (x₁, y₁, x₂, y₂) in units of the grid, one list a level.
 * `energies` has n rows of n values; levels ascend.
 */
export function contours(energies, n, levels) {
  const lines = levels.map(() => []);
  for (let j = 0; j + 1 < n; j++) {
    for (let i = 0; i + 1 < n; i++) {
      const k = j * n + i;
      const a = energies[k];
      const b = energies[k + 1];
      const c = energies[k + n + 1];
      const d = energies[k + n];
      const low = Math.min(a, b, c, d);
      const high = Math.max(a, b, c, d);
      for (let l = 0; l < levels.length && levels[l] <= high; l++) if (low < levels[l]) cut(lines[l], i, j, a, b, c, d, levels[l]);
    }
  }
  return lines;
}

/** Adds where a level passes through one cell; corners counter-clockwise from the lower left. */
function cut(segments, i, j, a, b, c, d, level) {
  const share = (u, v) => (level - u) / (v - u);
  // Four crossings are a saddle: which pair belongs together is invisible at this resolution.
  if ((a < level) !== (b < level)) segments.push(i + share(a, b), j);
  if ((b < level) !== (c < level)) segments.push(i + 1, j + share(b, c));
  if ((d < level) !== (c < level)) segments.push(i + share(d, c), j + 1);
  if ((a < level) !== (d < level)) segments.push(i, j + share(a, d));
}
