// Heights of a density as a picture in shades of one colour.

export const CELLS = 56;

/** A picture of `CELLS × CELLS` heights in 0…1, rows from the bottom up, in `colour` ('rgb(…)'). */
export function shaded(heights, colour) {
  const image = new OffscreenCanvas(CELLS, CELLS);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (image.getContext('2d'));
  const pixels = context.createImageData(CELLS, CELLS);
  const [r, g, b] = (colour.match(/\d+/g) ?? []).map(Number);
  heights.forEach((height, i) => {
    const row = CELLS - 1 - Math.floor(i / CELLS);
    // The root shows the thin parts too.
    pixels.data.set([r, g, b, 200 * Math.sqrt(height)], 4 * (row * CELLS + i % CELLS));
  });
  context.putImageData(pixels, 0, 0);
  return image;
}

/** Heights of the standard Gaussian over a range of both coordinates. */
export function gaussian(/** @type {number[]} */ [low, high]) {
  const at = (i) => low + (i + 0.5) * (high - low) / CELLS;
  return Float32Array.from({ length: CELLS * CELLS }, (_, i) => Math.exp(-(at(i % CELLS) ** 2 + at(Math.floor(i / CELLS)) ** 2) / 2));
}
