// Canvases that plotters draw on, in a wasm module of its own: sized to the screen, in the theme's colours.

/** @type {any} */
let charts;

/** Fetches what draws charts; until then they stay empty. A failed download leaves them so, and a new call tries again. */
export async function loadCharts() {
  const module = await import(new URL('../../pkg/charts.js', import.meta.url).href);
  await module.default({ module_or_path: new URL('../../pkg/charts.wasm', import.meta.url) });
  charts = module;
}

/** Draws the chart of a kind ('lines', 'losses', 'path' or 'profile'), whose arguments are those of its file in web/charts/src behind the inks. */
export function drawChart(kind, canvas, colours, ...content) {
  return charts?.[`draw_${kind}`](canvas, fit(canvas), ink(colours), ...content);
}

/** Makes `<canvas>` in a box of fixed height and returns it. */
export function chartCanvas(element, id) {
  const box = document.createElement('div');
  box.className = 'chart';
  const canvas = document.createElement('canvas');
  canvas.id = id;
  canvas.setAttribute('role', 'img');
  box.append(canvas);
  element.append(box);
  return canvas;
}

/** Fits the bitmap to the element; the factor from CSS to device pixels. */
function fit(canvas) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return ratio;
}

/** The colours a chart takes, in the order of `Inks` in web/charts/src/frame.rs. */
function ink(colours) {
  return ['ink', 'grey', 'line', 'flow', 'example', 'panel'].map((name) => colours[name]);
}
