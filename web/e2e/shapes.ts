import { createHash } from "node:crypto";
import { png, type TestPicture } from "./pictures";

/** What the pictures of the picture book show. */
export const SHAPES = ["circle", "square", "triangle", "cross"];

const SIDE = 64;

type Inside = (x: number, y: number) => boolean;

// Whether a point, from the middle in units of the shape's radius, lies in the shape.
const INSIDE: readonly Inside[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.86,
  (x, y) => y < 0.75 && y > 1.9 * Math.abs(x) - 1,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(Math.abs(x), Math.abs(y)) < 1,
];

/** Coloured shapes on a soft ground, each another: pictures that people can look at. */
export function shapes(count: number, seed: number): TestPicture[] {
  let state = seed * 2 + 1;
  const chance = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: count }, (_, number) => {
    const shows = Math.floor(chance() * SHAPES.length);
    const data = png(drawn(INSIDE[shows] ?? (() => false), chance), SIDE);
    return { name: `${seed}-${number}.png`, data, sha256: createHash("sha256").update(data).digest("hex"), shows };
  });
}

function drawn(inside: Inside, chance: () => number): Buffer {
  const radius = SIDE * (0.2 + 0.2 * chance());
  const [middleX, middleY] = [0.35 + 0.3 * chance(), 0.35 + 0.3 * chance()].map((share) => SIDE * share) as [
    number,
    number,
  ];
  const turn = (chance() - 0.5) * 0.7;
  const ink = colour(chance(), 0.35);
  const ground = colour(chance(), 0.85);
  const pixels = Buffer.alloc(SIDE * SIDE * 3);
  for (let place = 0; place < SIDE * SIDE; place++) {
    const [x, y] = [((place % SIDE) - middleX) / radius, (Math.floor(place / SIDE) - middleY) / radius];
    const turned = [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)] as const;
    const paint = inside(...turned) ? ink : ground;
    for (const [channel, value] of paint.entries())
      pixels[3 * place + channel] = Math.max(0, Math.min(255, value + 14 * (chance() - 0.5)));
  }
  return pixels;
}

/** A colour by its hue, from 0 to 1, and lightness. */
function colour(hue: number, light: number): number[] {
  return [0, 1 / 3, 2 / 3].map((shift) => 255 * (light + 0.13 * Math.cos(2 * Math.PI * (hue + shift))));
}
