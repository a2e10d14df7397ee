// A box of particles in the plane: the fluid in grey or by strain, the dimer with its bond in the colour of who made it.
import { cividis } from './cividis.js';

/** Sizes of discs, as parts of the distance at which two particles repel each other with kT. */
const FLUID = 0.47;
const DIMER = 0.42;

/** Strain at which the colours end, in kT. */
export const MOST_STRAIN = 6;

/**
 * Half of each particle's repulsion from all others, Σ_j (diameter/r_ij)¹²/2 in kT; `diameter` is the distance at which two repel each
 * other with kT. The two particles of the dimer do not repel each other.
 */
export function strains(x, diameter) {
  const strain = new Float64Array(x.length / 2);
  for (let i = 1; i < strain.length; i++) {
    for (let j = 0; j < i; j++) {
      if (i === 1) continue;
      const square = (x[2 * i] - x[2 * j]) ** 2 + (x[2 * i + 1] - x[2 * j + 1]) ** 2;
      const half = (diameter ** 2 / square) ** 6 / 2;
      strain[i] += half;
      strain[j] += half;
    }
  }
  return strain;
}

/** The colour of a strain. */
export const strainColour = (strain) => `rgb(${cividis(strain / MOST_STRAIN).map(Math.round).join(' ')})`;

/** Draws configurations on a square canvas; `system` as the engine describes it. */
export class Box {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
  }

  /** `x`: coordinates x₀, y₀, x₁, y₁, …, the dimer first; `inks`: { dimer, fluid, wall, ground }; `byStrain`: the fluid by its strain. */
  draw(x, { range: [low, high], wall, diameter }, { dimer, fluid, wall: edge, ground }, byStrain = false) {
    const { canvas, context: c } = this;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const size = Math.round(canvas.clientWidth * ratio);
    if (size === 0) return;
    if (canvas.width !== size) Object.assign(canvas, { width: size, height: size });
    const scale = size / (high - low);
    const px = (v) => (v - low) * scale;
    const py = (v) => (high - v) * scale;
    c.clearRect(0, 0, size, size);
    c.lineWidth = ratio;
    c.strokeStyle = edge;
    c.setLineDash([4 * ratio, 4 * ratio]);
    c.strokeRect(px(-wall), py(wall), 2 * wall * scale, 2 * wall * scale);
    c.setLineDash([]);

    const disc = (i, radius) => {
      c.beginPath();
      c.arc(px(x[2 * i]), py(x[2 * i + 1]), radius * diameter * scale, 0, 2 * Math.PI);
    };
    c.fillStyle = fluid;
    c.strokeStyle = fluid;
    const strain = byStrain ? strains(x, diameter) : undefined;
    for (let i = 2; 2 * i < x.length; i++) {
      disc(i, FLUID);
      if (strain) c.fillStyle = strainColour(strain[i]);
      c.globalAlpha = strain ? 0.9 : 0.28;
      c.fill();
      c.globalAlpha = 0.8;
      c.stroke();
    }
    c.globalAlpha = 1;
    c.beginPath();
    c.moveTo(px(x[0]), py(x[1]));
    c.lineTo(px(x[2]), py(x[3]));
    c.strokeStyle = dimer;
    c.lineWidth = 6 * ratio;
    c.stroke();
    c.fillStyle = dimer;
    c.strokeStyle = ground;
    c.lineWidth = 2 * ratio;
    for (const i of [0, 1]) {
      disc(i, DIMER);
      c.fill();
      c.stroke();
    }
  }
}
