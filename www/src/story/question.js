// The molecule of the question: configurations on a way from closed to open, made once by the dimer's own flow.
import { Box } from '../draw/particles.js';
import { number } from '../words.js';

const PATH = new URL('../../assets/dimer-path.json', import.meta.url);
let path;

export function mount(element, page) {
  element.innerHTML = `
    <canvas role="img" id="molecule" class="square" aria-label="The molecule is loading."></canvas>
    <label class="slider"><span>closed</span><input type="range" id="molecule-at" min="0" max="14" step="1" value="0"><span>open</span></label>`;
  const canvas = element.querySelector('canvas');
  const slider = element.querySelector('input');
  const box = new Box(canvas);
  const draw = () => {
    if (!path) return;
    const { flow, grey, panel } = page.colours;
    const { x, d } = path.states[slider.value];
    box.draw(x, path, { dimer: flow, fluid: grey, wall: grey, ground: panel });
    const words = `the two ends are ${number(d)} apart`;
    slider.setAttribute('aria-valuetext', words);
    canvas.setAttribute('aria-label', `A molecule of two discs among 36 discs of a fluid: ${words}.`);
  };
  slider.addEventListener('input', () => {
    draw();
    if (Number(slider.value) > 7) page.views.story.note('opened');
  });
  load().then(draw).catch(() => { canvas.hidden = true; });
  return { update: (_, changed) => (changed.has('theme') || changed.has('size')) && draw() };
}

async function load() {
  path ??= await (await fetch(PATH)).json();
}
