// The 95 % band of a profile: in how many bins it holds the exact value, and its words in a table.
import { number } from './words.js';

/** In how many of the bins that have a band and an exact value, of at most `most`, the one lies in the other: `{ inside, all }`. */
export function heldByBand({ lower, upper, exact }, most = Infinity) {
  const known = [...exact.keys()].filter((i) => Number.isFinite(exact[i]) && exact[i] <= most && Number.isFinite(upper[i]));
  return { inside: known.filter((i) => lower[i] <= exact[i] && exact[i] <= upper[i]).length, all: known.length };
}

/** “0.10 to 0.32”; a dash where there is no band. */
export const bandWords = (lower, upper, decimals = 2) => (Number.isNaN(lower) ? number(lower) : `${number(lower, decimals)} to ${number(upper, decimals)}`);
