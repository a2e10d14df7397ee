// The slow way: a walk of small steps that starts in the left well, and what the flow draws in the same number of energies.
import { Lane } from '../race/lane.js';
import { count } from '../words.js';

/** In units of x: a cautious step, of which about a million make one crossing. */
const STEP = 0.25;
const EVERY_MS = 60;
const still = matchMedia('(prefers-reduced-motion: reduce)');

export function mount(element, page) {
  element.innerHTML = `
    <div class="row"><button type="button" id="walk-start">▶ Start the walk</button></div>
    <div class="lane"></div>`;
  const button = element.querySelector('button');
  const lane = new Lane(element.querySelector('.lane'), page, 'example', 'Walk');
  let walking = false;
  let anew = true;
  let since = 0;
  const isSeen = () => lane.canvas.isConnected && !lane.canvas.closest('[hidden]') && !document.hidden;
  const show = () => { button.textContent = walking ? '❚❚ Stop' : '▶ Go on'; };

  const go = async () => {
    if (!walking || !isSeen()) {
      walking = false;
      return show();
    }
    since = performance.now();
    const found = await page.session.ask('race', { kernel: 'metropolis', stepSize: STEP, equal: 'evaluations', gaussian: false, anew }).catch((error) => {
      walking = false;
      show();
      throw error;
    });
    if (!found) anew = true; // another run has begun
    else {
      anew = false;
      tell(found);
    }
    // With reduced motion one press is one stretch of the walk.
    if (still.matches) walking = false;
    setTimeout(go, Math.max(0, EVERY_MS - (performance.now() - since)));
    return show();
  };

  const tell = ({ walk, flow }) => {
    lane.trail(walk.x);
    if (page.state.system) lane.draw(page.state, false);
    const crossings = `${count(walk.crossings)} ${walk.crossings === 1 ? 'crossing' : 'crossings'}`;
    const words = `${count(walk.steps)} steps: ${crossings}. In as many energies the flow makes ${count(flow.count)} independent draws.`;
    lane.say(words);
    lane.describe(`A random walk in the landscape. ${words}`);
  };

  button.addEventListener('click', () => {
    walking = !walking;
    page.views.story.note('walked');
    if (walking) go();
    else show();
  });
  return {
    update(state, changed) {
      if (state.system && ['theme', 'size', 'system'].some((name) => changed.has(name))) lane.draw(state, true);
    },
  };
}
