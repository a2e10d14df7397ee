// Lines and bands over one pair of axes, drawn in the styles of this page.
import { drawChart } from './chart.js';

/**
 * Draws `lines` on a canvas: `[style, x, y]`, or `['band …', x, lower, upper]`; styles are those of `draw_lines` in web/charts/src/lines.rs.
 * `labels`: names of the axes; `range`: [x₀, x₁, y₀, y₁].
 */
export function drawLines({ colours }, canvas, labels, range, lines) {
  const parts = lines.flatMap(([style, x, ...ys]) => ys.map((y) => ({ style, x, y })));
  const all = (of) => Float64Array.from(parts.flatMap((part) => [...part[of]]));
  const length = Uint32Array.from(parts, ({ x, y }) => Math.min(x.length, y.length));
  drawChart('lines', canvas, colours, labels, Float64Array.from(range), parts.map(({ style }) => style), length, all('x'), all('y'));
}

/** The interval that holds all finite values, at least `least` wide around its middle, with a margin. */
export function span(lists, least = 1) {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists) {
    for (const v of list) {
      if (!Number.isFinite(v)) continue;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  }
  if (low > high) return [0, least];
  const missing = Math.max(0, least - (high - low)) / 2;
  const margin = 0.06 * Math.max(high - low, least);
  return [low - missing - margin, high + missing + margin];
}
