// The link of a campaign's run, by which the sandbox opens it.

import type { LinkVictim, ReportRun } from "../../../wasm/client";
import type { Ground } from "../app/places";

/** The link, or an Error that says in one sentence why there is none. */
export async function linkOf(r: ReportRun, ground: Ground): Promise<string> {
  const { oracle, seed, engine, method, sizes } = r.spec;
  return ground.scorer.makeLink({
    victim: await victimOf(r, ground),
    run: { ...oracle, seed, engine, method, claim: claimOf(r, sizes) },
  });
}

/** What came out, of a run that recovered everything: then every neuron of every layer was. */
function claimOf({ end, digest, queries, complete }: ReportRun, sizes: number[]) {
  if (end !== "ended" || !digest || !complete) return undefined;
  return { digest, queries, complete, coverage: sizes.slice(1, -1).map((width, i) => ({ layer: i + 1, neurons: "R".repeat(width) })) };
}

async function victimOf({ name, victim, spec }: ReportRun, { victims, shipped }: Ground): Promise<LinkVictim> {
  const { sha256 } = spec.victim;
  const here = victims.shippedAs(sha256);
  if (here) return here;
  if (victim.random) return { source: "random", sizes: spec.sizes, seed: victim.seed ?? 0 };
  const known = await victims.find(name, sha256); // a file of the reader's own, if this run's victim was one
  if (known && !known.remote) return { bytes: known.bytes };
  if (victim.shipped) {
    throw new Error(shipped.some((v) => v.name === victim.shipped)
      ? `this Peel comes with another ${victim.shipped} than these results are about: open them in the one that made them`
      : `this Peel does not come with ${victim.shipped}: open the results in the one that made them`);
  }
  if (victim.mnist) throw new Error(`the page cannot train networks: make ${name} with peel gen, choose its file in the sandbox, and open this run again`);
  throw new Error(`the page does not have the file ${name}: choose it in the sandbox, and open this run again`);
}
