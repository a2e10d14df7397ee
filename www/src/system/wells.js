// Gaussian wells as the address holds them: “x,y,depth,width” for each, separated by semicolons; “none” where there are none.

const NONE = 'none';
/** More are neither seen apart nor fit an address. */
export const MOST_WELLS = 24;

export const readWells = (text) => (text === NONE ? [] : text.split(';').map((well) => well.split(',').map(Number)));

const short = (value) => String(Number(value.toFixed(2)));

export const writeWells = (wells) => (wells.length ? wells.map((well) => well.map(short).join(',')).join(';') : NONE);

/** The well whose centre is nearest to a point, if the point lies within its width. */
export function wellAt(wells, /** @type {number[]} */ [x, y]) {
  const reach = wells.map(([cx, cy, , width]) => Math.hypot(x - cx, y - cy) / width);
  const nearest = reach.indexOf(Math.min(...reach));
  return reach[nearest] <= 1 ? nearest : -1;
}
