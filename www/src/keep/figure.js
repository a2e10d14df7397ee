// A panel's figure as a file: its canvases, legend and text alternative, with what is needed to make it again.
import { escaped, recorded } from './recorder.js';

const MARGIN = 16;
const GAP = 14;
const LINE = 17;
const SCALE = 2;

/** The panels with a figure that are on the screen now: `[{ title, section }]`. */
export function figures() {
  const seen = new Set([...document.querySelectorAll('canvas[role="img"]')].filter((canvas) => canvas.checkVisibility() && canvas.clientWidth).map((canvas) => canvas.closest('.panel')));
  const sections = /** @type {HTMLElement[]} */ ([...seen].filter(Boolean));
  return sections.map((section) => ({ section, title: section.querySelector('h2')?.textContent ?? '' }));
}

/** A panel's figure as the text of an SVG file: `{ svg, width, height }`. `redraw` has it drawn and waits for it; `source` says where it comes from. */
export async function svgOf({ section, title }, redraw, colours, source) {
  const canvases = [...section.querySelectorAll('canvas[role="img"]')].filter((canvas) => canvas.clientWidth);
  const drawn = await recorded(canvases, redraw);
  const box = section.getBoundingClientRect();
  // Canvases stay where they are on the page, relative to each other.
  const places = drawn.map(({ canvas, svg }) => ({ svg, at: canvas.getBoundingClientRect(), caption: canvas.closest('figure')?.querySelector('figcaption')?.textContent ?? '' }));
  const rows = inRows(places);
  const width = Math.round(Math.max(box.width, 420));
  const text = (words, x, y, size, ink, weight = 400) => `<text x="${x}" y="${y}" font-family="system-ui, sans-serif" font-size="${size}" font-weight="${weight}" fill="${ink}">${escaped(words)}</text>`;
  let y = MARGIN + 14;
  const parts = [text(title, MARGIN, y, 15, colours.ink, 600)];
  y += 10;
  for (const row of rows) {
    const hasCaption = row.some(({ caption }) => caption);
    let x = MARGIN;
    for (const { svg, at, caption } of row) {
      if (hasCaption) parts.push(text(caption, x, y + 12, 12, colours.grey));
      parts.push(`<g transform="translate(${x} ${y + (hasCaption ? 18 : 0)})">${svg}</g>`);
      x += at.width + GAP;
    }
    y += Math.max(...row.map(({ at }) => at.height)) + (hasCaption ? 18 : 0) + 6;
  }
  for (const entry of legendOf(section)) {
    y += LINE;
    parts.push(entry(MARGIN, y, text, colours));
  }
  const described = canvases.map((canvas) => canvas.getAttribute('aria-label') ?? '');
  const words = [...new Set(described)].join(' ');
  const letters = Math.floor((width - 2 * MARGIN) / 6.4);
  for (const line of [...wrapped(words, letters), ...wrapped(source, letters)]) {
    y += LINE;
    parts.push(text(line, MARGIN, y, 12, colours.grey));
  }
  const height = Math.round(y + MARGIN);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${escaped(title)}</title><desc>${escaped(words)}</desc><rect width="100%" height="100%" fill="${colours.panel}"/>${parts.join('\n')}</svg>`;
  return { svg, width, height };
}

/** The picture of an SVG at twice its size. */
export async function pngOf({ svg, width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: SCALE * width, height: SCALE * height });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

/** Those that stand side by side together. */
function inRows(places) {
  const rows = [];
  for (const place of places) {
    const row = rows.find(([first]) => Math.abs(first.at.top - place.at.top) < first.at.height / 2);
    if (row) row.push(place);
    else rows.push([place]);
  }
  return rows;
}

/** The legend's entries as SVG, in the colours and line styles of the page. */
function legendOf(section) {
  return [...section.querySelectorAll('.legend span')].map((entry) => (x, y, text, colours) => {
    const mark = entry.querySelector('i');
    const colour = entry.style.getPropertyValue('--c') || colours.ink;
    const dash = mark?.classList.contains('dashed') ? '7 4' : mark?.classList.contains('dotted') ? '2 4' : '';
    let shape = `<path d="M${x} ${y - 4}h22" stroke="${colour}" stroke-width="2"${dash && ` stroke-dasharray="${dash}"`}/>`;
    if (mark?.classList.contains('dot')) shape = `<circle cx="${x + 11}" cy="${y - 4}" r="4" fill="${colour}"/>`;
    if (mark?.classList.contains('band')) shape = `<rect x="${x}" y="${y - 10}" width="22" height="11" fill="${colour}" fill-opacity="0.28"/>`;
    return `${mark ? shape : ''}${text(entry.textContent.trim(), x + (mark ? 30 : 0), y, 12, colours.grey)}`;
  });
}

function wrapped(words, letters) {
  const lines = [''];
  for (const word of words.split(/\s+/)) {
    if ((lines.at(-1) ?? '').length + word.length + 1 > letters && lines.at(-1)) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.filter(Boolean);
}
