import type { Context } from '../language/expression.ts'

/**
 * What facts and rules were found to be in one run. Each wave and the verdict ask again, and most answers of the host
 * are the same as before: only what reads a new one is evaluated anew. Good for one host, its parameters and one visit.
 */
export class KnownAnswers {
  readonly #known = new Map<object, { readonly read: readonly unknown[]; readonly found: unknown }>()

  /** `about` reads nothing of the host but `probes`, and what they are compared with. */
  find<Found>(about: { readonly probes: readonly string[] }, context: Context, evaluate: () => Found): Found {
    const read = [context.compared, ...about.probes.map((id) => context[id])]
    const before = this.#known.get(about)
    if (before?.read.every((value, at) => value === read[at])) return before.found as Found
    const found = evaluate()
    this.#known.set(about, { read, found })
    return found
  }
}
