// Runs a case of tests/golden/bits.json and returns what that file holds of it; in Node and, as a text, in Chromium.

/** Whether a case is a workload, which the module of the views has, or a preset of the page's engine. */
export const isWorkload = (name) => name.includes('/');

/** `engine`: the module that has the case; `makePool(share)`: helpers that are ready, or nothing. The parameters tell everything of a preset. */
export async function measured(engine, name, steps, makePool) {
  const [workload, side] = name.split('/');
  const share = side ? { workload: [workload, side === 'examples'] } : { settings: [['preset', 'iterations'], [name, '100']] };
  const training = side ? engine.Training.of_workload(...share.workload) : new engine.Engine(...share.settings).training;
  const pool = await makePool?.(share);
  for (let i = 0; i < steps; i++) {
    if (pool) await pool.step(training);
    else training.step();
  }
  pool?.close();
  if (!side) return { digest: { theta: training.digest() } };
  const gradient = training.gradient();
  const stride = Math.floor(gradient.length / 16);
  return {
    digest: { gradient: training.gradient_digest(), theta: training.digest() },
    gradient: Array.from(gradient.filter((_, i) => i % stride === 0)),
  };
}
