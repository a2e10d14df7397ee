// Two rows of bars over the same axis: how often each of two makers was where.
import { ticks } from './plane.js';

const BINS = 40;
const AXIS = 18;
const GAP = 4;

/** How often values fall into equal bins of a range. */
export class Counts {
  constructor([low, high]) {
    this.low = low;
    this.high = high;
    this.bins = new Float64Array(BINS);
  }

  add(values) {
    for (const value of values) {
      const bin = Math.floor((value - this.low) / (this.high - this.low) * BINS);
      if (bin >= 0 && bin < BINS) this.bins[bin] += 1;
    }
  }
}

/** Draws rows `[{ counts, colour }]` with an axis below and a line at `boundary`; each row has a height of its own. `mark`: a value to point at. */
export function drawCounts(canvas, rows, boundary, ink, mark) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (width === 0) return;
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const c = canvas.getContext('2d');
  c.scale(ratio, ratio);
  const [{ counts: { low, high } }] = rows;
  const at = (value) => (value - low) / (high - low) * width;
  const each = (height - AXIS) / rows.length;
  rows.forEach(({ counts: { bins }, colour }, row) => {
    const most = Math.max(1, ...bins);
    const base = (row + 1) * each;
    c.fillStyle = colour;
    bins.forEach((count, i) => {
      if (count === 0) return;
      const bar = Math.max(1.5, (each - GAP) * count / most);
      c.fillRect(i * width / BINS + 0.5, base - bar, width / BINS - 1, bar);
    });
    c.strokeStyle = ink;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(0, base + 0.5);
    c.lineTo(width, base + 0.5);
    c.stroke();
  });
  c.setLineDash([4, 3]);
  c.beginPath();
  c.moveTo(at(boundary), 0);
  c.lineTo(at(boundary), height - AXIS);
  c.stroke();
  c.setLineDash([]);
  if (mark !== undefined) {
    c.beginPath();
    c.moveTo(at(mark), 0);
    c.lineTo(at(mark), height - AXIS);
    c.stroke();
  }
  c.fillStyle = ink;
  c.font = '11px system-ui, sans-serif';
  c.textAlign = 'center';
  c.textBaseline = 'bottom';
  for (const tick of ticks(low, high)) c.fillText(String(tick), at(tick), height);
}
