// A figure's SVG, put into the page element by element: only what draws is taken
// over, because the results may be a stranger's, and styles are set one by one,
// because the page's policy allows no style attributes.

/** What is taken over. */
const TAGS = new Set(["svg", "g", "path", "line", "circle", "rect", "polyline", "polygon", "text", "tspan", "title"]);
const ATTRIBUTES = new Set(["viewBox", "role", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "points", "transform", "fill", "stroke", "stroke-width", "text-anchor"]);

export function picture(text: string): SVGSVGElement {
  const parsed = new DOMParser().parseFromString(text.replace(/\sstyle="/g, ' data-style="'), "image/svg+xml").documentElement;
  const svg = copy(parsed);
  if (!(svg instanceof SVGSVGElement)) throw new Error("a figure could not be drawn");
  return svg;
}

function copy(from: Element): SVGElement | undefined {
  if (!TAGS.has(from.localName)) return undefined;
  const to = document.createElementNS("http://www.w3.org/2000/svg", from.localName);
  for (const { name, value } of from.attributes) {
    if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
    if (name === "data-style") for (const [key, v] of declarations(value)) to.style.setProperty(key, v);
  }
  for (const child of from.childNodes) {
    const made = child instanceof Element ? copy(child) : child.nodeType === Node.TEXT_NODE ? child.textContent : undefined;
    if (made) to.append(made);
  }
  return to;
}

const declarations = (style: string) => style.split(";").map((d) => d.split(":").map((s) => s.trim()) as [string, string]).filter(([key, v]) => key && v && !/url\(/i.test(v));
