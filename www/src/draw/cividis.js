// The sequential colours of energies: cividis, the same order for every kind of colour vision.

// Seven of its colours (Nuñez, Anderton, Renslow, PLoS ONE 13, e0199239, 2018), dark = low.
const CIVIDIS = [[0, 34, 78], [42, 63, 110], [87, 93, 109], [125, 124, 120], [165, 156, 116], [211, 193, 100], [254, 232, 56]];

/** Red, green and blue of a number from 0 to 1. */
export function cividis(t) {
  const at = Math.min(0.9999, Math.max(0, t)) * (CIVIDIS.length - 1);
  const [low, high] = [CIVIDIS[Math.floor(at)], CIVIDIS[Math.floor(at) + 1]];
  return low.map((v, i) => v + (at % 1) * (high[i] - v));
}
