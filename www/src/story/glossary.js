// The words that the story introduces, each on a card of at most 25 words.

export const GLOSSARY = {
  energy: 'U(x): what it costs to hold a shape x. Low energy means likely, high energy means rare. Physics lets us compute it for any shape.',
  kT: 'The unit of energy that heat gives away: Boltzmann’s constant times temperature. A climb of one kT succeeds about once in three tries.',
  latent: 'Latent means hidden: z, the plain Gaussian variable that the map starts from. Nobody measures it; each z stands for one shape x.',
  flow: 'An invertible map from z to x with adjustable numbers. It can stretch and bend space, but neither cut nor fold it.',
  'coupling layer': 'One link of a flow: half of the coordinates stay, the other half are scaled and shifted by amounts that depend on the first.',
  Jacobian: 'How much a map stretches area around a point. Where it stretches by two, the density of points falls by half.',
  ESS: 'Effective sample size: how many equally weighted samples would be as good. It knows nothing of places where there is no sample.',
  reweighting: 'Counting each sample e^−u(x)/p(x) times: too frequent ones count less, too rare ones more. The average is then that of equilibrium.',
  'free energy': 'F = −kT ln(probability): how rare a state is, in units of energy. It weighs low energy against the number of ways.',
  'reaction coordinate': 'One number that tells the states apart: here x₀, for the molecule the distance of its two ends.',
};
