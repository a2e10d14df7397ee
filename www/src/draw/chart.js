// A canvas that the engine's plotters draw on: sized to the screen, in the theme's colours.

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
export function fit(canvas) {
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return ratio;
}

/** The colours a chart takes, in the order of `Ink` in web/src/chart. */
export function ink(colours) {
  return ['ink', 'grey', 'line', 'flow', 'example', 'panel'].map((name) => colours[name]);
}
