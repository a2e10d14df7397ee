// Pictures of an energy over a grid: contour lines, and cividis for thumbnails.
import { cividis } from './cividis.js';

/** Paints energies (rows from the bottom) into a canvas of n × n pixels, bright = low, up to `top` above the minimum. */
export function paint(canvas, energies, n, top) {
  const context = canvas.getContext('2d');
  canvas.width = n;
  canvas.height = n;
  const image = context.createImageData(n, n);
  const lowest = minimum(energies);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const height = (energies[(n - 1 - row) * n + column] - lowest) / top;
      const [r, g, b] = cividis(1 - Math.sqrt(Math.min(1, height)));
      image.data.set([r, g, b, 255], 4 * (row * n + column));
    }
  }
  context.putImageData(image, 0, 0);
}

export const minimum = (energies) => energies.reduce((low, e) => (e < low ? e : low), Infinity);

/** Heights of contour lines above the minimum, in kT: close together where samples live. */
export const CONTOURS = [1, 2, 3, 5, 7, 10, 15, 25, 45, 80];

/**
 * Contour lines by marching squares: pairs of points (x₁, y₁, x₂, y₂) in units of the grid, one list a level.
 * `energies` has n rows of n values.
 */
export function contours(energies, n, levels) {
  return levels.map((level) => {
    const segments = [];
    for (let j = 0; j + 1 < n; j++) {
      for (let i = 0; i + 1 < n; i++) {
        const k = j * n + i;
        const a = energies[k];
        const b = energies[k + 1];
        const c = energies[k + n + 1];
        const d = energies[k + n];
        const below = (a < level) + (b < level) + (c < level) + (d < level);
        if (below > 0 && below < 4) cut(segments, i, j, a, b, c, d, level);
      }
    }
    return segments;
  });
}

/** Adds where a level passes through one cell; corners counter-clockwise from the lower left. */
function cut(segments, i, j, a, b, c, d, level) {
  const crossings = [];
  const share = (u, v) => (level - u) / (v - u);
  if ((a < level) !== (b < level)) crossings.push(i + share(a, b), j);
  if ((b < level) !== (c < level)) crossings.push(i + 1, j + share(b, c));
  if ((d < level) !== (c < level)) crossings.push(i + share(d, c), j + 1);
  if ((a < level) !== (d < level)) crossings.push(i, j + share(a, d));
  // Four crossings are a saddle: which pair belongs together is invisible at this resolution.
  segments.push(...crossings);
}
