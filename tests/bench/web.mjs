// Times of the wasm modules in Node and in a Chromium worker, beside each other; `cargo xtask bench --web` starts it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: { json, filter } } = parseArgs({ options: { json: { type: 'string' }, filter: { type: 'string', default: '' } } });
const address = process.env.BOLTZFLOW_PAGE;

function inNode(flavour, flags) {
  console.error(`  measuring the ${flavour} module in Node`);
  const script = new URL('node.mjs', import.meta.url).pathname;
  return JSON.parse(execFileSync(process.execPath, [...flags, script, flavour, filter]));
}

/** Measures in a worker, where the page's engines run; the flavour is the one that the page takes. */
async function inChromium() {
  console.error('  measuring in Chromium');
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-dev-shm-usage'] });
  try {
    const page = await browser.newPage();
    await page.goto(`${address}engine.js`);
    return await page.evaluate(measureInWorkers, filter);
  } finally {
    await browser.close();
  }
}

/** Runs in the page. */
async function measureInWorkers(filter) {
  const { compileViews } = await import('./src/views-engine.js');
  const compiled = await compileViews();
  const base = location.href.replace('engine.js', '');
  const source = `import { loadViews } from '${base}src/views-engine.js';
    import { bench, peak } from '${base}src/bench.js';
    onmessage = async ({ data: { compiled, milliseconds, ...options } }) => {
      const { engine, memory } = await loadViews(compiled);
      postMessage(milliseconds ? peak(engine, milliseconds) : await bench({ engine, memory, compiled, ...options }));
    };`;
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const ask = (worker, message) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ compiled, ...message });
  });
  const workers = [0, 1].map(() => new Worker(url, { type: 'module' }));
  const alone = await ask(workers[0], { filter });
  // Two workers beside the machine's own gain from a second thread, measured before and after.
  const gains = [];
  const gain = async () => {
    const one = await ask(workers[0], { milliseconds: 300 });
    const two = await Promise.all(workers.map((worker) => ask(worker, { milliseconds: 300 })));
    gains.push((two[0] + two[1]) / one);
  };
  await gain();
  await gain();
  const shared = 'w2/step-by-energy'.includes(filter) ? await ask(workers[0], { filter: 'w2/step-by-energy', helpers: 1 }) : [];
  await gain();
  return { flavour: compiled.flavour, alone, shared, peakGain: gains.slice(1).reduce((a, b) => a + b) / (gains.length - 1) };
}

const node = { simd: inNode('simd', []), relaxed: inNode('relaxed', ['--experimental-wasm-relaxed-simd']) };
const browser = await inChromium();
const results = [
  ...Object.entries(node).flatMap(([flavour, rows]) => rows.map((row) => ({ where: 'Node', flavour, ...row }))),
  ...[...browser.alone, ...browser.shared].map((row) => ({ where: 'Chromium', flavour: browser.flavour, ...row })),
];
const columns = [['measurement', 24], ['where', 9], ['module', 8], ['workers', 8], ['ms', 9], ['fastest', 9], ['of peak', 8], ['GFLOP/s', 8], ['MB', 5]];
const line = (cells) => console.log(cells.map((cell, i) => (i < 3 ? String(cell).padEnd(columns[i][1]) : String(cell).padStart(columns[i][1]))).join(''));
line(columns.map(([name]) => name));
for (const { name, where, flavour, workers, ms, fastest, share, peak, megabytes } of results) {
  line([name, where, flavour, workers, ms.toFixed(2), fastest.toFixed(2), `${(100 * share).toFixed(0)} %`, peak.toFixed(1), megabytes.toFixed(0)]);
}
const ratios = node.simd.map(({ name, fastest }, i) => ({ name, ratio: fastest / node.relaxed[i].fastest }));
for (const { name, ratio } of ratios) console.log(`${name}: simd128 takes ${ratio.toFixed(2)} times as long as relaxed`);
const gain = browser.shared.map(({ fastest, alone }) => alone / fastest)[0];
if (gain) console.log(`w2/step-by-energy: two workers are ${gain.toFixed(2)} times as fast as one; the peak gains ${browser.peakGain.toFixed(2)}`);
if (json) writeFileSync(json, `${JSON.stringify({ results, ratios, gain, peakGain: browser.peakGain }, undefined, 2)}\n`);
