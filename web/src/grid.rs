//! The bent grid: straight lines of the latent plane, pushed through the flow.

use boltzflow::generator::BoltzmannGenerator;
use boltzflow::nalgebra::DMatrix;
use boltzflow::num::Result;

/// Lines in each direction.
const LINES: usize = 17;
/// The lines reach from −EXTENT to EXTENT standard deviations.
const EXTENT: f64 = 3.0;
/// Vertices of a line at first, and at most after refinement.
const VERTICES: usize = 65;
const MOST_VERTICES: usize = 257;
/// Times that long segments are halved.
const ROUNDS: usize = 2;

/// A latent point and its image.
#[derive(Clone, Copy)]
struct Vertex {
    z: [f64; 2],
    x: [f64; 2],
}

/// Polylines in both planes: line i has the vertices `start[i]` to `start[i + 1]`, (x, y) pairs.
pub(crate) struct Grid {
    pub(crate) latent: Vec<f32>,
    pub(crate) image: Vec<f32>,
    pub(crate) start: Vec<u32>,
}

/// Points of the plane as latent points of a flow in `dim` coordinates: the others are 0, their mean.
pub(crate) fn latent(plane: DMatrix<f64>, dim: usize) -> DMatrix<f64> {
    plane.resize_horizontally(dim, 0.0)
}

/// Points of the plane behind the first `layers` layers: the others are those of the image of z = 0 there.
pub(crate) fn behind(
    generator: &BoltzmannGenerator<f32>,
    plane: DMatrix<f64>,
    layers: usize,
) -> Result<DMatrix<f64>> {
    let dim = generator.prior.dim();
    let seen = plane.ncols();
    let mut x = plane.resize_horizontally(dim, 0.0);
    if seen < dim {
        let (centre, _) = generator.map_through(&DMatrix::from_element(1, dim, 0.0), layers)?;
        (seen..dim).for_each(|column| x.column_mut(column).fill(centre[(0, column)]));
    }
    Ok(x)
}

/// Where latent points are after `layers` layers: exact at whole numbers, between them on straight lines that begin
/// and end gently.
pub(crate) fn places(
    generator: &BoltzmannGenerator<f32>,
    z: &DMatrix<f64>,
    layers: f64,
) -> Result<DMatrix<f64>> {
    let behind = generator.map_through(z, layers as usize)?.0;
    let t = layers.fract();
    if t <= 0.0 {
        return Ok(behind);
    }
    let ahead = generator.map_through(z, layers as usize + 1)?.0;
    let share = t * t * (3.0 - 2.0 * t);
    Ok(behind.zip_map(&ahead, |a, b| a + share * (b - a)))
}

/// The grid through the first `layers` layers, see [`places`]; segments longer than `tolerance` in the image are halved.
pub(crate) fn bent_grid(
    generator: &BoltzmannGenerator<f32>,
    layers: f64,
    tolerance: f64,
) -> Result<Grid> {
    let at = |i: usize, n: usize| EXTENT * (2.0 * i as f64 / (n - 1) as f64 - 1.0);
    let line = |fixed: usize, vertical: bool| {
        let point = move |i| match vertical {
            true => [at(fixed, LINES), at(i, VERTICES)],
            false => [at(i, VERTICES), at(fixed, LINES)],
        };
        (0..VERTICES).map(point).collect::<Vec<_>>()
    };
    let straight: Vec<Vec<[f64; 2]>> = (0..2 * LINES).map(|i| line(i % LINES, i < LINES)).collect();
    let mut lines = push(generator, layers, &straight)?;
    for _ in 0..ROUNDS {
        let middles: Vec<Vec<[f64; 2]>> = lines.iter().map(|l| long(l, tolerance)).collect();
        if middles.iter().all(Vec::is_empty) {
            break;
        }
        let pushed = push(generator, layers, &middles)?;
        for (line, new) in lines.iter_mut().zip(pushed) {
            *line = merge(line, &new, tolerance);
        }
    }
    let mut grid = Grid { latent: Vec::new(), image: Vec::new(), start: vec![0] };
    for line in lines {
        for v in line {
            grid.latent.extend(v.z.map(|v| v as f32));
            grid.image.extend(v.x.map(|v| v as f32));
        }
        grid.start.push((grid.latent.len() / 2) as u32);
    }
    Ok(grid)
}

/// Images of the points of all lines, in one batch.
fn push(
    generator: &BoltzmannGenerator<f32>,
    layers: f64,
    lines: &[Vec<[f64; 2]>],
) -> Result<Vec<Vec<Vertex>>> {
    let points = lines.concat();
    let z = DMatrix::from_fn(points.len(), 2, |row, column| points[row][column]);
    let z = latent(z, generator.prior.dim());
    let x = places(generator, &z, layers)?;
    let mut row = 0;
    let mut image = |z: &[f64; 2]| {
        row += 1;
        Vertex { z: *z, x: [x[(row - 1, 0)], x[(row - 1, 1)]] }
    };
    Ok(lines.iter().map(|line| line.iter().map(&mut image).collect()).collect())
}

/// Latent midpoints of the segments that are too long, as many as the line has room for.
fn long(line: &[Vertex], tolerance: f64) -> Vec<[f64; 2]> {
    let middle = |(a, b): (&Vertex, &Vertex)| [0.5 * (a.z[0] + b.z[0]), 0.5 * (a.z[1] + b.z[1])];
    let segments = line.iter().zip(&line[1..]);
    let room = MOST_VERTICES - line.len();
    segments.filter(|(a, b)| is_long(a, b, tolerance)).take(room).map(middle).collect()
}

fn is_long(a: &Vertex, b: &Vertex, tolerance: f64) -> bool {
    (a.x[0] - b.x[0]).hypot(a.x[1] - b.x[1]) > tolerance
}

/// The line with the midpoints of [`long`] put in.
fn merge(line: &[Vertex], middles: &[Vertex], tolerance: f64) -> Vec<Vertex> {
    let mut merged = Vec::with_capacity(line.len() + middles.len());
    let mut next = middles.iter();
    for (a, b) in line.iter().zip(&line[1..]) {
        merged.push(*a);
        if is_long(a, b, tolerance) {
            merged.extend(next.next());
        }
    }
    merged.extend(line.last());
    merged
}
