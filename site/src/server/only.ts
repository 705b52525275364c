// What needs a server, and is not shown where there is none.

import { embedded } from "../link/address";
import { show } from "../dom";
import { server } from "./api";

/** Hides an element until a server has answered. In the small form of the page, which sends nothing, it stays hidden. */
export function onServer<E extends HTMLElement>(el: E): E {
  show(el, false);
  void server().then((about) => show(el, about !== undefined && !embedded()));
  return el;
}
