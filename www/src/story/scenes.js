// The scenes of the story, in order. Each is
//   id, title, text    at most 45 words; a word in [brackets] opens its card (glossary.js)
//   panels             the panels of the page that it shows
//   highlight          elements that it points at, as a selector
//   task, done(seen)   what the reader does, and whether that has been done; `seen` is listed in view.js
//   on(page)?          brings the machine into the state that the text speaks of
//   figure?            a figure of its own: a module with mount(element, page), which returns { update(state, changed) }

/** Steps after which a run shows what its way of learning leads to. */
const ENOUGH = 250;
/** Each of two short walks stays for long in the well where it starts: by the seed 9 to 50 % of the examples lie right, where 3.3 % belong. */
const EXAMPLES_ALONE = { w_kl: 0, example_temperature: 1 };

export const SCENES = [
  {
    id: 'question',
    title: 'How often is it open?',
    text: 'This molecule opens and closes in a dense fluid. Physics gives the [energy] of any shape. It does not say how often each shape occurs. That is the question; two valleys of one landscape stand for open and closed.',
    panels: ['map', 'result'],
    highlight: '#scene-figure',
    task: 'Move the slider: the molecule opens.',
    done: ({ opened }) => opened,
    figure: () => import('./question.js'),
  },
  {
    id: 'walk',
    title: 'The slow way',
    text: 'A simulation takes small random steps: downhill always, uphill seldom. A climb of ten [kT] succeeds once in twenty thousand tries. It starts in the left valley; to cross once takes it about a million steps.',
    panels: ['map'],
    highlight: '#scene-figure',
    task: 'Start the walk.',
    done: ({ walked }) => walked,
    figure: () => import('./walk.js'),
  },
  {
    id: 'idea',
    title: 'The idea: bend space',
    text: 'Draw from a Gaussian instead: that is easy, and every draw is new. Then bend space so that the Gaussian covers both valleys. This map is a [flow]; the plane it starts from is called [latent].',
    panels: ['map'],
    highlight: '#map .layer',
    task: 'Move “Layer”: the straight grid bends, layer by layer.',
    done: ({ layers }) => layers.size >= 2,
  },
  {
    id: 'coupling',
    title: 'Undoable by design',
    text: 'Each [coupling layer] keeps one coordinate and stretches and shifts the other, by amounts that two small networks read off the first. So it runs backwards exactly, and the area it stretches is known: the [Jacobian].',
    panels: ['map'],
    highlight: '#scene-figure',
    task: 'Press ⇄: the point comes back.',
    done: ({ reversed }) => reversed,
    figure: () => import('./coupling.js'),
  },
  {
    id: 'energy',
    title: 'Learn from energy',
    text: 'Draw z, map it to x, ask for its energy, push downhill and outwards. No data is needed. Watch what happens: it finds one valley and stays. Low energy is easy, variety is not; and its [ESS] praises it.',
    panels: ['map', 'result'],
    highlight: '#result',
    task: 'Wait until it has settled in one valley.',
    on: (page) => page.controls.adopt('double-well-by-energy'),
    done: ({ step, settings, estimate }) => settings.w_ml === 0 && step >= ENOUGH && Boolean(estimate?.missed),
  },
  {
    id: 'examples',
    title: 'Learn from examples',
    text: 'Turn the arrow round: take known shapes x, map them back to z, and make them look like the Gaussian. Examples show where to look. They may come in the wrong proportion: here far too many of them lie right.',
    panels: ['map', 'result'],
    highlight: '#map .planes',
    task: 'Wait until the blue points fill both valleys.',
    on: (page) => page.controls.adopt('double-well', EXAMPLES_ALONE),
    done: ({ step, settings, estimate }) => settings.w_ml > 0 && step >= ENOUGH && estimate?.covered === 2,
  },
  {
    id: 'weights',
    title: 'Reweighting',
    text: 'The flow learnt the wrong proportion, but it knows its own density p(x). Give each sample the weight e<sup>−u(x)</sup>/p(x), and every average becomes exact, with an error bar. That is [reweighting].',
    panels: ['result', 'reweighting'],
    highlight: '#reweighting',
    task: 'Move “Trust the weights” to 0, then back to 1.',
    on: (page) => page.controls.adopt('double-well', EXAMPLES_ALONE),
    done: ({ trusted }) => trusted,
    figure: () => import('./weights.js'),
  },
  {
    id: 'answer',
    title: 'The answer',
    text: 'Energy and examples together give the [free energy] along the [reaction coordinate], with an error bar, against the exact curve. In two dimensions plain weights would do. Not in thirty-two, and not for particles.',
    panels: ['result', 'profile'],
    highlight: '#profile',
    task: 'Go on: race it against the walk, or see the molecule.',
    on: (page) => page.controls.adopt('double-well'),
    done: ({ step, estimate }) => step >= ENOUGH && Boolean(estimate?.trusted),
    figure: () => import('./answer.js'),
  },
];
