// Numbers in words and digits: as many digits as the error bar allows, a true minus sign, never NaN.

/** A number with a fixed count of decimals; a dash where there is none. */
export function number(value, decimals = 2) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return value.toFixed(decimals).replace('-', '−');
}

/** “3.36 ± 0.04”, with two digits of the error at most. */
export function withError(value, error) {
  if (!Number.isFinite(error)) return number(value);
  const decimals = error > 0 ? Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(error)))) : 2;
  const digits = Math.min(decimals, 2);
  return `${number(value, digits)} ± ${number(error, digits)}`;
}

/** A number that is subtracted: in parentheses if it is negative. */
export const subtrahend = (value) => (value < 0 ? `(${number(value)})` : number(value));

export const percent = (share, decimals = 0) => `${number(100 * share, decimals)} %`;

/** A whole number with its digits in threes. The browser's own formatter would cost the first picture of a slow device 50 ms. */
export const count = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
