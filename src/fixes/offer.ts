import type { Runbooks } from '../engine/load-runbooks.ts'
import { discoverParameters } from '../engine/plan/discovery.ts'
import { type FixOffer, offersOf } from '../engine/verdict/offered-fixes.ts'
import type { Hosts } from '../inventory/host-connections.ts'
import type { Host } from '../inventory/inventory.ts'
import { outputsGoneAt, probesOf } from '../runs/probe-store.ts'
import type { Run } from '../runs/run.ts'
import type { FixRoute } from '../ssh/fix-connect.ts'
import type { Db } from '../store/db.ts'
import type { FixHosts } from './fix-connections.ts'

/** What says which fixes a run offers, as things stand now. */
export interface OfferSources {
  readonly store: Db
  readonly runbooks: Runbooks
  readonly hosts: Pick<Hosts, 'inventory'>
  readonly fixHosts: Pick<FixHosts, 'routes'>
}

/** What a run's causes offer as things stand now, or one sentence on why nothing of it can be applied. */
export type OffersNow =
  | {
      readonly ok: true
      readonly offers: readonly FixOffer[]
      readonly host: Host
      readonly route: FixRoute
      readonly runbookDigest: string
      readonly hostKey: string
    }
  | { readonly ok: false; readonly sentence: string }

const no = (sentence: string): OffersNow => ({ ok: false, sentence })

export const notConfigured = (host: string): string =>
  `Fixes are not configured for ${host}: set \`fixes.user\` and \`fixes.keyFile\` in debvisor.yml, or \`fix_user\` and \`fix_ssh_private_key_file\` in the inventory.`

/** Of a host: whether there is a login for fixes on it, or the sentence on why not. */
export const fixableBy =
  ({ routes }: Pick<FixHosts, 'routes'>) =>
  (host: string): true | { readonly sentence: string } =>
    routes.has(host) ? true : { sentence: notConfigured(host) }

/**
 * Renders the offers again from what the run stored. They are the same unless the runbook or the inventory changed
 * meanwhile; then the sentence says so.
 */
export async function offersNow(sources: OfferSources, run: Run): Promise<OffersNow> {
  const { store, runbooks, hosts, fixHosts } = sources
  const host = hosts.inventory.hosts.get(run.host)
  if (!host) return no(`${run.host} is no longer in the inventory.`)
  const route = fixHosts.routes.get(run.host)
  if (!route) return no(notConfigured(run.host))
  const runbook = runbooks.topics.get(run.topic)
  if (!runbook || runbook.digest !== run.runbookDigest)
    return no(`The runbook of ${run.topic} has changed since this run: check again first.`)
  if (!run.hostKey) return no(`This run did not see a host key of ${run.host}: check again first.`)
  if (await outputsGoneAt(store, run.id))
    return no(`What ${run.host} answered in this run is no longer kept: check again first.`)
  const records = new Map((await probesOf(store, run.id)).map((record) => [record.id, record]))
  const parameters = discoverParameters(runbook, host.variables, records)
  if (!parameters.ok) return no(`The inventory's entry of ${run.host} cannot be used: check again first.`)
  // Production is what the run saw: moving a host into it must not change what its evidence meant.
  const seen = { name: run.host, production: run.production }
  const inputs = { parameters: parameters.values, host: seen, records }
  // What another topic's cause explains is a cause to this topic alone: it goes with that one.
  const offers = offersOf(runbook, inputs, (finding) => isCause(run, finding))
  return { ok: true, offers, host, route, runbookDigest: runbook.digest, hostKey: run.hostKey }
}

const isCause = ({ report }: Run, finding: string): boolean =>
  report?.findings.some(({ id, role }) => id === finding && role === 'cause') ?? false
