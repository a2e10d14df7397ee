// What each bar of the page is, and how it is measured. `measure({ onPage, address })` returns the words of the table.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heldByBand } from '../../www/src/band.js';
import { publishedPage } from '../page/host.mjs';
import { total, transferred } from '../page/transfer.mjs';
import { continuousUse } from './use.mjs';

const STARTS = 9;
const WAIT_FOR_START_MS = 2000;
const SEEDS = 20;
const COVERAGE_SEEDS = 100;
const CLOSE = 0.1; // kT
const TRAINING_MS = 3000;
const USE_MINUTES = 10;

export const bars = {
  start: {
    what: 'first live frame, cold cache, processor throttled 4×',
    target: '≤ 1.0 s',
    async measure({ onPage, address }) {
      const times = [];
      for (let i = 0; i < STARTS; i++) {
        times.push(await onPage(async (page) => {
          const devtools = await page.context().newCDPSession(page);
          await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
          await page.addInitScript(noteFirstPicture);
          await page.goto(address, { waitUntil: 'commit' });
          // What asks the page costs it time too, on a slow processor a tenth of a second: it is asked when all is over.
          await page.waitForTimeout(WAIT_FOR_START_MS);
          await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
          const drawn = await page.waitForFunction(() => globalThis.drawnAt);
          return drawn.jsonValue();
        }));
      }
      return `${seconds(median(times))} s, median of ${STARTS}; ${seconds(Math.max(...times))} s the slowest`;
    },
  },
  bytes: {
    what: 'transferred up to the first training step',
    target: '≤ 300 kB',
    measure: ({ onPage }) => onPage(async (page) => {
      const host = await publishedPage();
      const files = await transferred(page, host.address).finally(host.close);
      const kilobytes = (column) => (total(files, column) / 1000).toFixed(0);
      return `${kilobytes('brotli')} kB with brotli, ${kilobytes('gzip')} kB with gzip, in ${files.length} files`;
    }),
  },
  'free-energy': {
    what: `ΔF within ±${CLOSE} kT of exact after ≤ ${TRAINING_MS / 1000} s of training, default preset`,
    target: '≥ 19 of 20 seeds',
    async measure({ onPage, address }) {
      const runs = [];
      for (let seed = 1; seed <= SEEDS; seed++) runs.push(await onPage((page) => errorInTime(page, `${address}#seed=${seed}`)));
      const errors = runs.map(({ error }) => Math.abs(error));
      const close = errors.filter((error) => error <= CLOSE).length;
      return `${close} of ${SEEDS}; largest error ${Math.max(...errors).toFixed(2)} kT, median ${median(errors).toFixed(3)} kT; training took ${seconds(median(runs.map(({ trainedFor }) => trainedFor)))} s (median)`;
    },
  },
  rate: {
    what: 'training steps per second, default preset',
    target: '≥ 200',
    measure: ({ onPage, address }) => onPage(async (page) => {
      await page.goto(`${address}#iterations=3000`);
      await begun(page);
      const rates = [];
      while (!(await page.evaluate(() => globalThis.boltzflowPage.isAtRest))) {
        rates.push(await page.evaluate(() => globalThis.boltzflowPage.state.rate));
        await page.waitForTimeout(500);
      }
      return `${median(rates.filter((rate) => rate > 0)).toFixed(0)}, median over the run, drawing and estimates included`;
    }),
  },
  frames: {
    what: 'frames of the main thread while training: p95; longest task',
    target: '≤ 16.7 ms; ≤ 50 ms',
    measure: ({ onPage, address }) => onPage(async (page) => {
      await page.addInitScript(watchFrames);
      await page.goto(`${address}#iterations=3000`);
      await begun(page);
      await page.evaluate(() => globalThis.watch.forget());
      await page.waitForFunction(() => globalThis.boltzflowPage.isAtRest);
      const { gaps, busy, tasks } = await page.evaluate(() => globalThis.watch);
      return `${quantile(busy, 0.95).toFixed(1)} ms of work and ${quantile(gaps, 0.95).toFixed(1)} ms from frame to frame over ${gaps.length} frames; longest task ${tasks.length ? `${Math.max(...tasks).toFixed(0)} ms` : 'below 50 ms'}`;
    }),
  },
  digest: {
    what: 'same address, same state at step 500: twice, and of the native program',
    target: 'equal',
    async measure({ onPage, address }) {
      const digest = () => onPage(async (page) => {
        await page.goto(`${address}#iterations=500&seed=7&moving_average=0`);
        await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest);
        return page.evaluate(() => [document.getElementById('digest').textContent, document.getElementById('status').textContent].join('; '));
      });
      const [first, second, native] = [await digest(), await digest(), nativeDigest(500, 7)];
      const [found] = /[0-9a-f]{16}/.exec(first);
      return `${first === second ? 'equal' : `different: ${first} and ${second}`}; native ${found === native ? 'equal' : 'different'} (${found}, native ${native}; ${first.split('; ').at(-1)})`;
    },
  },
  coverage: {
    what: 'exact ΔF and profile inside their 95 % bands',
    target: `90–99 % of ${COVERAGE_SEEDS} seeds`,
    measure: ({ onPage, address }) => onPage(async (page) => {
      const found = { inside: 0, bins: 0, binsInside: 0 };
      for (let seed = 1; seed <= COVERAGE_SEEDS; seed++) {
        await page.goto('about:blank');
        await page.goto(`${address}#seed=${seed}`);
        await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest);
        const { value, error, exact, profile } = await page.evaluate(() => {
          const { delta_f: value, delta_f_error: error, delta_f_exact: exact, ...rest } = globalThis.boltzflowPage.state.estimate;
          const profile = Object.fromEntries(['lower', 'upper', 'exact'].map((name) => [name, [...rest[name]]]));
          return { value, error, exact, profile };
        });
        found.inside += Number(Math.abs(value - exact) <= 1.96 * error);
        const { inside, all } = heldByBand(profile);
        found.binsInside += inside;
        found.bins += all;
      }
      const percent = (part, all) => (100 * part / all).toFixed(0);
      return `ΔF of ${percent(found.inside, COVERAGE_SEEDS)} %; ${percent(found.binsInside, found.bins)} % of the profile's bins, ${(found.bins / COVERAGE_SEEDS).toFixed(0)} a seed`;
    }),
  },
  use: {
    what: `${USE_MINUTES} minutes of continuous use: growth of the heap, errors, gaps between frames`,
    target: '< 20 MB, none, none above 100 ms',
    async measure({ onPage, address }) {
      const { growth, errors, gaps, longTasks, rounds } = await onPage((page) => continuousUse(page, address, USE_MINUTES, watchFrames));
      const words = errors.length > 0 ? `${errors.length} errors (${errors[0]})` : 'no error';
      return `${growth.toFixed(1)} MB, ${words}, ${longTasks} gaps above 100 ms with a task of the page in them (${gaps} in all), ${rounds} rounds`;
    },
  },
};

/** Waits until training has begun. */
const begun = (page) => page.waitForFunction(() => globalThis.boltzflowPage?.state.step > 0);

/** The error of ΔF in kT once training has ended, or after `TRAINING_MS` of it, and how long it went on. */
async function errorInTime(page, url) {
  await page.goto(url);
  await begun(page);
  return page.evaluate(async (limit) => {
    const it = globalThis.boltzflowPage;
    const start = performance.now();
    const frame = () => new Promise(requestAnimationFrame);
    while (it.state.running && performance.now() - start < limit) await frame();
    const trainedFor = performance.now() - start;
    if (it.state.running) it.run.play(false);
    // The estimate of the state in which training stands.
    do await frame(); while (it.state.running || !it.picture.isCurrent);
    const { delta_f: value, delta_f_exact: exact } = it.state.estimate;
    return { error: value - exact, trainedFor };
  }, TRAINING_MS);
}

/** Runs in the page before everything else: notes in `drawnAt` when the frame that draws the first samples begins. */
function noteFirstPicture() {
  const frame = () => {
    if (globalThis.boltzflowPage?.firstFrame) globalThis.drawnAt = performance.now();
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Runs in the page before everything else: `watch` notes gaps between frames, work within them, and long tasks, in ms. */
function watchFrames() {
  const watch = { gaps: [], busy: [], tasks: [], long: [], forget() { for (const list of [this.gaps, this.busy, this.tasks, this.long]) list.length = 0; } };
  globalThis.watch = watch;
  let last;
  const channel = new MessageChannel();
  let began;
  // Comes after the frame's own callbacks, style and layout.
  channel.port1.onmessage = () => watch.busy.push(performance.now() - began);
  const frame = (now) => {
    if (last !== undefined) {
      watch.gaps.push(now - last);
      if (now - last > 100) watch.long.push({ from: last, to: now });
    }
    last = now;
    began = now;
    channel.port2.postMessage(0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      watch.tasks.push(duration);
      watch.lastTask = { from: startTime, to: startTime + duration };
      for (const gap of watch.long) if (startTime < gap.to && startTime + duration > gap.from) gap.ours = true;
    }
  }).observe({ type: 'longtask', buffered: true });
}

/** The state's digest after so many steps of the default preset, without an average of the parameters, in the native program. */
function nativeDigest(steps, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'boltzflow-'));
  const [run, file] = ['run', 'model.safetensors'].map((name) => join(folder, name));
  const boltzflow = (...args) => execFileSync('cargo', ['run', '--quiet', '--release', '--package', 'boltzflow-cli', '--', ...args], { stdio: 'ignore' });
  try {
    boltzflow('train', 'double-well', '--seed', String(seed), '--set', `iterations=${steps}`, '--set', 'moving_average=0', '--output', run);
    boltzflow('export', run, '--precision', 'single', '--output', file);
    const bytes = readFileSync(file);
    return JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()).__metadata__.digest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function quantile(values, q) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

const median = (values) => quantile(values, 0.5);
const seconds = (ms) => (ms / 1000).toFixed(2);
