// A QR code as a drawing.

import { s } from "../dom";

/** Longer addresses make a code that a camera does not read from a wall. */
const LONGEST = 900;

/** Light around the code, in modules: the standard asks for four. */
const QUIET = 4;

/** The code of an address, or nothing when it is too long. */
export async function qrCode(address: string): Promise<SVGSVGElement | undefined> {
  if (address.length > LONGEST) return undefined;
  const { default: encodeQR } = await import("qr"); // loaded with the first code
  const rows = encodeQR(address, "raw", { ecc: "low", border: QUIET });
  let dark = "";
  rows.forEach((row, y) => row.forEach((on, x) => on && (dark += `M${x} ${y}h1v1h-1z`)));
  const n = rows.length;
  return s("svg", { viewBox: `0 0 ${n} ${n}`, class: "qr", role: "img", "aria-label": "QR code of the link", "shape-rendering": "crispEdges" },
    s("rect", { width: n, height: n, fill: "#fff" }),
    s("path", { d: dark, fill: "#000" }));
}
