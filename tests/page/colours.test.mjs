// The colours of style/tokens.css, by computation: contrast, and who can tell them apart.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const tokens = readFileSync('www/style/tokens.css', 'utf8');
const pairs = [...tokens.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
const themes = { light: 2, dark: 3 };
const palette = (theme) => Object.fromEntries(pairs.map((pair) => [pair[1], rgb(pair[themes[theme]])]));

/** Red, green and blue in linear light, from 0 to 1. */
function rgb(hex) {
  return [1, 3, 5].map((at) => {
    const v = parseInt(hex.slice(at, at + 2), 16) / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
}

const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** Contrast ratio of WCAG 2. */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

// Machado, Oliveira, Fernandes, IEEE TVCG 15, 1291 (2009): severity 1, on linear light.
const EYES = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const seen = (colour, eyes) => EYES[eyes].map((row) => Math.min(1, Math.max(0, row.reduce((sum, m, i) => sum + m * colour[i], 0))));

/** CIELAB under D65. */
function lab([r, g, b]) {
  const xyz = [
    (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
    0.2126729 * r + 0.7151522 * g + 0.072175 * b,
    (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883,
  ];
  const [x, y, z] = xyz.map((t) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIE76 distance of two colours as some eyes see them. */
function difference(a, b, eyes) {
  const [p, q] = [a, b].map((colour) => lab(seen(colour, eyes)));
  return Math.hypot(...p.map((v, i) => v - q[i]));
}

test('the computation agrees with known values', () => {
  const [white, black] = [rgb('#ffffff'), rgb('#000000')];
  assert.equal(contrast(white, black), 21);
  assert.ok(Math.abs(contrast(rgb('#777777'), white) - 4.48) < 0.005);
  assert.ok(Math.abs(difference(white, black, 'normal') - 100) < 1e-3);
  // The pair that red-green blindness confuses.
  assert.ok(difference(rgb('#44cc44'), rgb('#ff0000'), 'deuteranopia') < 20);
  assert.ok(difference(rgb('#44cc44'), rgb('#ff0000'), 'normal') > 140);
});

/** Least contrast of a token on each of the surfaces that carry it. */
const TEXT = 4.5;
const GRAPHICS = 3;
const CONTRAST = [
  ...['ink', 'flow', 'example', 'grey', 'good', 'caution', 'bad'].flatMap((token) => ['panel', 'ground'].map((surface) => [token, surface, TEXT])),
  ...['probe', 'edge'].map((token) => [token, 'panel', GRAPHICS]),
  ['ink', 'field', TEXT],
  ['grey', 'field', TEXT],
  ['on-flow', 'flow', TEXT],
];

/** Least distance of two makers, as a whole number, under every kind of colour vision, in light and in dark. */
const APART = [
  ['flow', 'example', { light: 82, dark: 89 }],
  ['ink', 'flow', { light: 40, dark: 44 }],
];

for (const theme of Object.keys(themes)) {
  const colours = palette(theme);

  test(`contrast is enough, ${theme}`, () => {
    for (const [token, surface, least] of CONTRAST) {
      const found = contrast(colours[token], colours[surface]);
      assert.ok(found >= least, `--${token} on --${surface}: ${found.toFixed(2)}:1, needs ${least}:1`);
    }
  });

  test(`what the flow made and what a simulation made stay apart for all eyes, ${theme}`, (t) => {
    for (const [a, b, least] of APART) {
      const found = Object.keys(EYES).map((eyes) => [difference(colours[a], colours[b], eyes), eyes]);
      const [distance, eyes] = found.toSorted((x, y) => x[0] - y[0])[0];
      t.diagnostic(`--${a} and --${b}: ${distance.toFixed(1)} at least, with ${eyes}`);
      assert.ok(Math.round(distance) >= least[theme], `--${a} and --${b} are ${distance.toFixed(1)} apart with ${eyes}, need ${least[theme]}`);
    }
  });
}
