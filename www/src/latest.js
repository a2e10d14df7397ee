// Questions to the worker of which only the latest matters: one is on its way, and the newest waits for it.

/** A function that asks with the newest arguments and gives each answer to `take`; what comes from an older run is left out. */
export function latest(ask, take) {
  let busy = false;
  let next;
  return async function again(...given) {
    if (busy) {
      next = given;
      return;
    }
    busy = true;
    try {
      const answer = await ask(...given);
      if (answer) take(answer);
    } finally {
      busy = false;
      if (next) {
        const waiting = next;
        next = undefined;
        again(...waiting);
      }
    }
  };
}
