// One neuron on the stage. Its picture says what is known of it:
//
//	under the skin   a segment of rind
//	found            the rind turns thin: a bend, one point of its plane
//	completed        the segment is peeled off: the plane, which is its row of weights up to a factor
//	signed           one side of the plane is filled: the side where it is active

import { s } from "../dom";
import { innerArc, sector, tilt, type Ring, type Spot } from "./geometry";

export const STATES = ["under the skin", "found", "completed", "signed"] as const;

export interface Neuron {
  rind: SVGGElement;
  disc: SVGGElement;
  title: SVGTitleElement;
}

/** The disc alone, also used in the legend. */
export function discGlyph(radius: number, degrees: number): SVGGElement[] {
  const off = 0.22 * radius;
  const half = Math.sqrt(radius * radius - off * off);
  const plane = s("g", { class: "plane", transform: `rotate(${degrees})` },
    s("path", { class: "half", d: `M${-half} ${off}A${radius} ${radius} 0 ${0} 0 ${half} ${off}Z` }),
    s("line", { class: "cut", x1: -half, x2: half, y1: off, y2: off }),
    s("circle", { class: "bend", cx: 0.3 * radius, cy: off, r: Math.max(2, 0.16 * radius) }),
  );
  return [s("g", {}, s("circle", { class: "base", r: radius })), plane];
}

export function makeNeuron(layer: number, k: number, n: number, ring: Ring, spot: Spot, radius: number, out: Spot, defs = ""): Neuron {
  const d = sector(ring, k, n);
  const rind = s("g", { class: "rind" }, s("path", { class: "skin", d }), s("path", { class: "pores", d, fill: `url(#${defs}pores)` }), s("path", { class: "shade", d, fill: `url(#${defs}shade)` }), s("path", { class: "pith", d: innerArc(ring, k, n) }));
  rind.style.setProperty("--dx", `${Math.round(out.x * 60)}px`);
  rind.style.setProperty("--dy", `${Math.round(out.y * 60)}px`);
  const title = s("title");
  const disc = s("g", { class: "disc", transform: `translate(${spot.x} ${spot.y})` }, title, ...discGlyph(radius, tilt(layer, k)));
  return { rind, disc, title };
}
