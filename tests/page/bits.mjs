// Runs a case of tests/golden/bits.json and returns what that file holds of it; in Node and, as a text, in Chromium.

/** `makePool(share)`: helpers that are ready, or nothing. */
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
  const gradient = training.gradient();
  const stride = Math.floor(gradient.length / 16);
  return {
    digest: { gradient: training.gradient_digest(), theta: training.digest() },
    gradient: Array.from(gradient.filter((_, i) => i % stride === 0)),
  };
}
