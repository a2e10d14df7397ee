// How much is drawn and how often: less where a second of drawing does not fit into the frames of a second.

/** Milliseconds of a frame's 16.7 that it may take, the painting of the browser included. */
const MOST_MS = 16;
const WINDOW_MS = 1000;
const FEWEST_FRAMES = 8;
/** One slow second may be the browser's or another program's. */
const SLOW_WINDOWS = 2;
const FEWEST_POINTS = 350;
const CHARTS_EVERY_MS = 100;
const SLOW_CHARTS_EVERY_MS = 200;

export class Pace {
  /** `points`: samples in a plane at first; `tell()` is called once, when everything that can be left out is. */
  constructor(points, tell) {
    this.points = points;
    this.tell = tell;
    this.chartsEvery = CHARTS_EVERY_MS;
    this.frames = [];
    this.since = 0;
    this.slow = 0;
    this.told = false;
  }

  /** Takes note of a frame that took so long; after slow seconds less is drawn. */
  frame(now, milliseconds) {
    if (now - this.since > WINDOW_MS) {
      if (this.frames.length >= FEWEST_FRAMES) {
        this.slow = percentile95(this.frames) > MOST_MS ? this.slow + 1 : 0;
        if (this.slow === SLOW_WINDOWS) this.spare();
      }
      this.frames = [];
      this.since = now;
    }
    this.frames.push(milliseconds);
  }

  /** First fewer points, then slower charts, then it is said. */
  spare() {
    this.slow = 0;
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
