// Names that the page and its service worker share.

/** What the caches of a copy of Peel begin with: one origin may hold several, in folders. home is its address. */
export const cachePrefix = (home: string) => `peel ${new URL(home).pathname} `;

/** The message that ends a new version's wait. */
export const TAKE_OVER = "take over";

/** Held by every open page of Peel, shared. */
export const PAGE_LOCK = "peel-page";
