// The mark of a run that was given the layers before the one it attacks. Its
// figures are not those of an attack from answers alone, so it stands wherever
// they do.

import { h } from "../dom";

export const idealisedChip = (hidden = true) =>
  h("span", { class: "chip idealised", hidden, title: "The true layers before the attacked one were given, as the papers measure." }, "idealised");
