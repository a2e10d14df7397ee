// How much is drawn and how often: less where a second of drawing does not fit into the frames of a second.

/** Milliseconds of a frame's 16.7 that it may take, the painting of the browser included. */
const MOST_MS = 16;
const WINDOW_MS = 1000;
const FEWEST_FRAMES = 8;
const FEWEST_POINTS = 350;
const CHARTS_EVERY_MS = 100;
const SLOW_CHARTS_EVERY_MS = 200;

export class Pace {
  /** `points`: samples in a plane at first; `tell()` is called once, when everything that can be left out is. */
  constructor(points, tell) {
    Object.assign(this, { points, tell, chartsEvery: CHARTS_EVERY_MS, frames: [], since: 0, isWarm: false, told: false });
  }

  /** Takes note of a frame that took so long; after a slow second less is drawn. */
  frame(now, milliseconds) {
    if (now - this.since > WINDOW_MS) {
      if (this.frames.length >= FEWEST_FRAMES) {
        // In the first second all code is new to the browser: it tells nothing of the others.
        if (this.isWarm && percentile95(this.frames) > MOST_MS) this.spare();
        this.isWarm = true;
      }
      this.frames = [];
      this.since = now;
    }
    this.frames.push(milliseconds);
  }

  /** First fewer points, then slower charts, then it is said. */
  spare() {
    if (this.points > FEWEST_POINTS) this.points = Math.max(FEWEST_POINTS, Math.round(this.points / 2));
    else if (this.chartsEvery < SLOW_CHARTS_EVERY_MS) this.chartsEvery = SLOW_CHARTS_EVERY_MS;
    else if (!this.told) {
      this.told = true;
      this.tell();
    }
  }
}

function percentile95(values) {
  return values.sort((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1];
}
