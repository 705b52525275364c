// Makes the link to an experiment. The text is written by the scorer (package
// core/link); here is gathered what goes in.

import type { LinkInput, RunMeta, Scorer } from "../../../wasm/client";
import type { Victim, Victims } from "../data/victims";
import { showLink } from "./share";

/** Shows the link of an experiment, with its result if it has one. */
export async function share(scorer: Scorer, input: LinkInput) {
  showLink(await scorer.makeLink(input), input.run.claim !== undefined);
}

/** A finished run, with its result. victim is its network, if that is here. */
export function ofRun(meta: RunMeta, victim: Victim | undefined, victims: Victims): LinkInput {
  const { victim: named, sizes, oracle, seed, engine } = meta.spec;
  const { digest, queries, complete, coverage } = meta;
  return {
    victim: victims.shippedAs(named.sha256) ?? (victim ? { bytes: victim.bytes } : { source: "file", sha256: named.sha256, sizes }),
    // Runs of older versions did not account for every neuron: their links hold no result.
    run: { ...oracle, seed, engine, claim: coverage ? { digest, queries, complete, coverage } : undefined },
  };
}
