// Makes the link to an experiment. The text is written by the scorer (package
// core/link); here is gathered what goes in.

import type { LinkInput, RunMeta, Scorer } from "../../../wasm/client";
import type { Victim, Victims } from "../data/victims";
import { publishBox } from "./publish";
import { showLink } from "./share";

/** Shows the link of an experiment, with its result if it has one. */
export async function share(scorer: Scorer, input: LinkInput) {
  await showLink(await scorer.makeLink(input), input.run.claim !== undefined, undefined, input.run.method);
}

/** The same for a finished run, which may also be published. */
export async function shareRun(scorer: Scorer, meta: RunMeta, victim: Victim | undefined, victims: Victims) {
  const input = ofRun(meta, victim, victims);
  const link = await scorer.makeLink(input);
  if (!input.run.claim) return await showLink(link, false, undefined, meta.spec.method);
  const named = (await scorer.readLink(link)).source === "file"; // the link has no room for the weights
  await showLink(link, true, publishBox({ link, meta, weights: named && !victim?.remote ? victim?.bytes : undefined }), meta.spec.method);
}

/** A finished run, with its result. victim is its network, if that is here. */
function ofRun(meta: RunMeta, victim: Victim | undefined, victims: Victims): LinkInput {
  const { victim: named, sizes, oracle, seed, engine, method } = meta.spec;
  const { digest, queries, complete, coverage } = meta;
  return {
    victim: victims.shippedAs(named.sha256) ?? (victim && !victim.remote ? { bytes: victim.bytes } : { source: "file", sha256: named.sha256, sizes }),
    // Runs of older versions did not account for every neuron: their links hold no result.
    run: { ...oracle, seed, engine, method, claim: coverage ? { digest, queries, complete, coverage } : undefined },
  };
}
