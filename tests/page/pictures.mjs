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
const POINTS = 160;
/** How far in pixels a drawn line may be from what it shows. */
const TOLERANCE = 0.5;
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
<style>path,rect{fill:none}.e{stroke:#5c6573;opacity:.5}.g{stroke:#0b62b0;opacity:.35}.p{marker:url(#d);opacity:.6}circle{fill:#0b62b0}rect{stroke:#5c6573}text{fill:#5c6573;font:14px system-ui,sans-serif;text-anchor:middle}
@media(prefers-color-scheme:dark){.e,rect{stroke:#9aa5b5}.g{stroke:#62b4ff}circle{fill:#62b4ff}text{fill:#9aa5b5}}</style>
<marker id="d" overflow="visible"><circle r="2"/></marker>
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

/** A place in pixels, as exactly as places are told apart. */
function at(x, y) {
  return [(x + HALF) / HALF * SIZE / 2, (HALF - y) / HALF * SIZE / 2].map(round);
}

/** The places of a line that it needs to stay within the tolerance: its ends, and the farthest from the straight way between them. */
function needed(places) {
  const [[x0, y0], [x1, y1]] = [places[0], places.at(-1)];
  const length = Math.hypot(x1 - x0, y1 - y0);
  const away = places.map(([x, y]) => (length > 0 ? Math.abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length : Math.hypot(x - x0, y - y0)));
  const farthest = away.indexOf(Math.max(...away));
  if (away[farthest] <= TOLERANCE) return [places[0], places.at(-1)];
  return [...needed(places.slice(0, farthest + 1)).slice(0, -1), ...needed(places.slice(farthest))];
}

/** A path through places in whole pixels, which are short numbers: the first, then the way to each next one. */
function path(places) {
  const whole = places.map((place) => place.map(Math.round));
  return whole.map(([x, y], i) => (i === 0 ? `M${x} ${y}l` : `${x - whole[i - 1][0]} ${y - whole[i - 1][1]}`)).join(' ').replaceAll('l ', 'l').replaceAll(' -', '-');
}

function pane(index, words, energy, grid, start, points) {
  const lines = [];
  for (let i = 0; i + 1 < start.length; i += 2) {
    const places = [];
    for (let p = start[i]; p < start[i + 1]; p += 2) places.push(at(grid[2 * p], grid[2 * p + 1]));
    lines.push(path(needed(places)));
  }
  const dots = [];
  for (let i = 0; i < points.length; i += 2) dots.push(at(points[i], points[i + 1]));
  // From left to right the way from one to the next is short.
  dots.sort(([a], [b]) => a - b);
  const x = index * (SIZE + GAP);
  return `<svg x="${x}" width="${SIZE}" height="${SIZE}">${energy}<path class="g" d="${lines.join('')}"/><path class="p" d="${path(dots)}"/><rect x=".5" y=".5" width="${SIZE - 1}" height="${SIZE - 1}"/></svg><text x="${x + SIZE / 2}" y="${SIZE + 18}">${words}</text>`;
}

function levels(energies) {
  const lowest = minimum(energies);
  const unit = (v) => 2 * HALF * v / (LANDSCAPE - 1) - HALF;
  const segments = contours(energies, LANDSCAPE, CONTOURS.slice(0, 8).map((height) => lowest + height)).flat();
  const pieces = [];
  for (let s = 0; s < segments.length; s += 4) pieces.push([at(unit(segments[s]), unit(segments[s + 1])), at(unit(segments[s + 2]), unit(segments[s + 3]))]);
  return joined(pieces).map((line) => path(needed(line))).join('');
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
