// The phases of an attack in words for a class. Names and order are those of
// core/extract.

import type { PhaseName } from "../../../wasm/protocol";

export const PHASES: PhaseName[] = ["subspace", "critical", "signature", "sign", "output", "verify"];

interface Words {
  /** In the meter's legend. */
  short: string;
  /** As a headline. */
  title: string;
  /** One or two sentences that a class can follow. */
  text: string;
}

export const WORDS: Record<PhaseName, Words> = {
  subspace: {
    short: "subspace",
    title: "Scoring the skin",
    text: "The slope of the answer is always a mix of the first layer’s rows. A few slopes at random places span all the directions that the network can feel.",
  },
  critical: {
    short: "critical points",
    title: "Looking for bends",
    text: "Walk in a straight line and watch the answer. It runs straight until one neuron switches: at that critical point it bends.",
  },
  signature: {
    short: "signatures",
    title: "Reading a neuron’s weights",
    text: "How much the slope changes at a bend gives that neuron’s row of weights, up to a factor. Fresh lines must bend where the row predicts.",
  },
  sign: {
    short: "signs",
    title: "Which side is on?",
    text: "A bend looks the same from both sides. A few well aimed questions tell on which side of its plane the neuron is active.",
  },
  output: {
    short: "output layer",
    title: "The last layer",
    text: "With every hidden neuron known, the output layer is a set of linear equations.",
  },
  verify: {
    short: "check",
    title: "Checking the copy",
    text: "Fresh inputs that the attack has never used: the copy has to give the victim’s answers.",
  },
};
