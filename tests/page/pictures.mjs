// Makes the pictures that the repository keeps, from the engine itself:
//   node tests/page/pictures.mjs                       www/assets/map.svg, the still figure of the page
//   node tests/page/pictures.mjs www/assets/dimer-path.json   the molecule of the story, from closed to open
//   node tests/page/pictures.mjs docs/images/page.png   the running page, for the README; needs BOLTZFLOW_PAGE and CHROMIUM
//                                                      (the address of `cargo demo` and the path of the browser)
//   node tests/page/pictures.mjs docs/images/dimer.png  the same of the dimer, after annealing
import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { CONTOURS, contours, minimum } from '../../www/src/draw/landscape.js';

const SIZE = 312;
const GAP = 12;
const POINTS = 220;
/** Longest segment of the grid where a line bends. */
const COARSE = 0.25;
const HALF = 4;
const LANDSCAPE = 61;
const STATES = 15;

const [, , png] = process.argv;
if (png?.endsWith('.json')) await writePath(png);
else if (png?.endsWith('dimer.png')) await photographDimer(png);
else if (png) await photograph(png);
else await drawStill('www/assets/map.svg');

/** Latent samples, the untrained map, the trained map, as one figure for light and dark pages. */
async function drawStill(path) {
  const engine = await import('../../www/pkg/glue.js');
  engine.initSync({ module: readFileSync('www/pkg/simd.wasm') });
  const run = new engine.Engine(['preset'], ['double-well']);
  const before = run.map_view(POINTS, run.layers, COARSE);
  while (!run.training.is_done) run.training.step();
  const after = run.map_view(POINTS, run.layers, COARSE);
  const energies = engine.landscape(['preset'], ['double-well'], Float64Array.of(-HALF, HALF, -HALF, HALF), LANDSCAPE);
  const energy = levels(energies);
  const panes = [
    pane(0, 'latent z', '', after.latent_grid, after.grid_start, after.z),
    pane(1, 'before training', `<path id="e" class="e" d="${energy}"/>`, before.grid, before.grid_start, before.x),
    pane(2, 'after training', '<use href="#e"/>', after.grid, after.grid_start, after.x),
  ];
  const width = 3 * SIZE + 2 * GAP;
  writeFileSync(path, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${SIZE + 24}" width="${width}" height="${SIZE + 24}">
<style>path{fill:none;stroke-width:2}.e{stroke:#5c6573;opacity:.5}.g{stroke:#0b62b0;opacity:.35}.p{stroke:#0b62b0;stroke-width:8;stroke-linecap:round;opacity:.6}rect{fill:none;stroke:#5c6573;stroke-width:2}text{fill:#5c6573;font:14px system-ui,sans-serif;text-anchor:middle}
@media(prefers-color-scheme:dark){.e,rect{stroke:#9aa5b5}.g,.p{stroke:#62b4ff}text{fill:#9aa5b5}}</style>
${panes.join('\n')}
</svg>
`);
}

/** Some configurations on the way from closed to open, through the latent space of the page's own flow of the dimer. */
async function writePath(path) {
  const engine = await import('../../www/pkg/views.js');
  const files = await import('../../www/pkg/files.js');
  const { openFlow, readFlow } = await import('../../www/src/dimer/flow.js');
  files.initSync({ module: readFileSync('www/pkg/files.wasm') });
  engine.initSync({ module: readFileSync('www/pkg/views-simd.wasm') });
  const flow = openFlow(engine, readFlow(files, readFileSync('www/assets/dimer.safetensors')).source);
  const { dim, range, wall, diameter } = flow.system();
  const { x, d } = flow.path(STATES, 0);
  const states = Array.from(d, (distance, i) => ({ d: round(distance), x: Array.from(x.subarray(i * dim, (i + 1) * dim), round) }));
  writeFileSync(path, `${JSON.stringify({ range: Array.from(range), wall, diameter, states })}\n`);
}

function round(value) {
  return Number(value.toFixed(2));
}

/** A place in half pixels: whole numbers, which are short. */
function at(x, y) {
  return [(x + HALF) / HALF * SIZE, (HALF - y) / HALF * SIZE].map(Math.round);
}

/** A path through places: the first, then the way to each next one; places that lie on a straight way are left out. */
function trace(places) {
  const kept = places.filter(([x, y], i) => {
    const [before, after] = [places[i - 1], places[i + 1]];
    return !before || !after || Math.abs((x - before[0]) * (after[1] - y) - (y - before[1]) * (after[0] - x)) > 0;
  });
  return kept.map(([x, y], i) => (i === 0 ? `M${x} ${y}l` : `${x - kept[i - 1][0]} ${y - kept[i - 1][1]}`)).join(' ').replaceAll('l ', 'l').replaceAll(' -', '-');
}

function pane(index, words, energy, grid, start, points) {
  const lines = [];
  for (let i = 0; i + 1 < start.length; i += 2) {
    const places = [];
    for (let p = start[i]; p < start[i + 1]; p += 2) places.push(at(grid[2 * p], grid[2 * p + 1]));
    lines.push(trace(places));
  }
  const dots = [];
  for (let i = 0; i < points.length; i += 2) dots.push(at(points[i], points[i + 1]));
  // From left to right the way from one to the next is short.
  dots.sort(([a], [b]) => a - b);
  const spots = dots.map(([x, y], i) => (i === 0 ? `M${x} ${y}h0` : `m${x - dots[i - 1][0]} ${y - dots[i - 1][1]}h0`)).join('').replaceAll(' -', '-');
  const x = index * (SIZE + GAP);
  const frame = 2 * SIZE;
  return `<svg x="${x}" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${frame} ${frame}">${energy}<path class="g" d="${lines.join('')}"/><path class="p" d="${spots}"/><rect x="1" y="1" width="${frame - 2}" height="${frame - 2}"/></svg><text x="${x + SIZE / 2}" y="${SIZE + 18}">${words}</text>`;
}

function levels(energies) {
  const lowest = minimum(energies);
  const unit = (v) => 2 * HALF * v / (LANDSCAPE - 1) - HALF;
  const segments = contours(energies, LANDSCAPE, CONTOURS.slice(0, 8).map((height) => lowest + height)).flat();
  const pieces = [];
  for (let s = 0; s < segments.length; s += 4) pieces.push([at(unit(segments[s]), unit(segments[s + 1])), at(unit(segments[s + 2]), unit(segments[s + 3]))]);
  return joined(pieces).map(trace).join('');
}

/** Pieces of lines (two places each) as lines as long as their ends meet. */
function joined(pieces) {
  const meeting = new Map();
  for (const piece of pieces) for (const place of piece) meeting.set(String(place), [...(meeting.get(String(place)) ?? []), piece]);
  const left = new Set(pieces);
  const next = (place) => meeting.get(String(place)).find((piece) => left.has(piece));
  const lines = [];
  for (const piece of pieces) {
    if (!left.delete(piece)) continue;
    const line = [...piece];
    // On from its end, then from its beginning.
    for (let turn = 0; turn < 2; turn++, line.reverse()) {
      for (let more = next(line.at(-1)); more; more = next(line.at(-1))) {
        left.delete(more);
        line.push(String(more[0]) === String(line.at(-1)) ? more[1] : more[0]);
      }
    }
    lines.push(line);
  }
  return lines;
}

/** The particles, the way and the free energy of the dimer after eight runs of annealing, in light colours. */
async function photographDimer(path) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-dev-shm-usage'] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1300 }, colorScheme: 'light' });
  await page.goto(`${process.env.BOLTZFLOW_PAGE}#view=dimer`);
  await page.waitForFunction(() => globalThis.boltzflowPage?.views.dimer?.state.path);
  await page.locator('#anneal').click();
  await page.waitForFunction(() => globalThis.boltzflowPage.views.dimer.state.estimate?.runs === 8, null, { timeout: 600_000 });
  await page.locator('#path-at').fill('45');
  await page.locator('#dimer-move').click();
  await page.addStyleTag({ content: '#dimer-training, #dimer-provenance { display: none }' });
  const [boxes, free] = await Promise.all(['#dimer-boxes', '#dimer-free-energy'].map((panel) => page.locator(panel).boundingBox()));
  const width = free.x + free.width - boxes.x;
  await page.screenshot({ path, clip: { x: boxes.x, y: boxes.y, width, height: Math.max(boxes.height, free.height) } });
  await browser.close();
}

/** The map and the result of the default page after training, in light colours. */
async function photograph(path) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--disable-dev-shm-usage'] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 }, colorScheme: 'light' });
  await page.goto(`${process.env.BOLTZFLOW_PAGE}#view=lab`);
  await page.waitForFunction(() => globalThis.boltzflowPage?.isAtRest, null, { timeout: 120_000 });
  await page.addStyleTag({ content: '#losses, #thermodynamics, #runs, #reweighting, #profile .strip, #profile details { display: none }' });
  const [map, result] = await Promise.all(['#map', '#profile'].map((panel) => page.locator(panel).boundingBox()));
  const right = result.x + result.width;
  const bottom = Math.max(map.y + map.height, result.y + result.height);
  await page.screenshot({ path, clip: { x: map.x, y: map.y, width: right - map.x, height: bottom - map.y } });
  await browser.close();
}
