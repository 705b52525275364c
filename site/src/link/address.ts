// Links in the address: what follows its #. Nothing there reaches a server, and
// what it means is for the scorer to say (package core/link).

/** The link in the page's address, or nothing. A place on the page, as #race, is none, nor is what only the server knows. */
export function linkInAddress(): string | undefined {
  const text = location.hash.slice(1);
  return text && !/^(room|x)=/.test(text) && !document.getElementById(text) ? text : undefined;
}

/** Takes the link out of the address, so that a reload begins afresh. */
export function forgetLink() {
  if (linkInAddress()) history.replaceState(null, "", location.pathname + location.search);
}

/** The whole address of a link, to this page or to its small form for slides. */
export function addressOf(text: string, { embed = false } = {}): string {
  const page = new URL(location.pathname, location.origin);
  return `${page.href}${embed ? "?embed" : ""}#${text}`;
}

/** Whether this is the small form of the page, set by theme-boot.ts. */
export const embedded = () => "embed" in document.documentElement.dataset;
