import { type LastLook, lastLooks } from '../../runs/history/last-looks.ts'
import type { Run } from '../../runs/run.ts'
import { runsById } from '../../runs/run-store.ts'
import type { HomeHost, HomeHosts, HomeRun } from '../../slack/messages/home/home-view.ts'
import { mark } from '../../slack/messages/run/run-view.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'
import { homeRun, type Sources } from './home-run.ts'

const SHOWN = 8
/** Of more nothing is read, so that an inventory of any size is drawn in time: about 35 µs a host. */
const MOST_HOSTS = 5_000
/** Reports are long, and what solved a run takes several questions: so many hosts are read to find the worst. */
const RANKED = 24
const ASKED_ABOUT = 12

type HostSources = Sources & Pick<Capabilities, 'hosts' | 'runbooks'>

/**
 * The hosts that the reader may diagnose, each with the worst of the newest verdicts of its topics that they may read.
 * Trouble comes first, by how bad it is; then what is solved, what is healthy, and what nobody looked at.
 */
export async function readHosts(sources: HostSources, request: SlackRequest): Promise<HomeHosts> {
  const hosts = [...sources.hosts.inventory.hosts.keys()]
    .filter((host) => request.may('diagnose', { host }).allowed)
    .slice(0, MOST_HOSTS)
  const looks = await readableLooks(sources, request, hosts)
  const troubled = [...looks].filter(([, of]) => of.some(isTrouble)).map(([host]) => host)
  const healthy = [...looks].filter(([, of]) => !of.some(isTrouble)).map(([host]) => host)
  const unseen = hosts.filter((host) => !looks.has(host))

  const ranked = await worstFirst(sources, looks, troubled.slice(0, RANKED))
  const open = ranked.filter(({ last }) => !last?.solved)
  const over = ranked.filter(({ last }) => last?.solved)
  const known = [...open, ...over].slice(0, SHOWN)
  const calm = healthy.slice(0, SHOWN - known.length)
  const rest = unseen.slice(0, SHOWN - known.length - calm.length)
  return {
    shown: [
      ...known,
      ...(await newestOf(sources, looks, calm)),
      ...rest.map((host) => ({ host, last: undefined })),
    ],
    more: {
      notHealthy: Math.max(0, open.length - SHOWN) + troubled.length - ranked.length,
      healthy: healthy.length - calm.length + over.length - Math.max(0, known.length - open.length),
      unseen: unseen.length - rest.length,
    },
  }
}

/** By host, newest first; the host with the newest look comes first. */
type Looks = ReadonlyMap<string, readonly LastLook[]>

const isTrouble = ({ outcome }: LastLook): boolean => outcome !== 'healthy'

async function readableLooks(
  { store, runbooks }: HostSources,
  request: SlackRequest,
  hosts: readonly string[],
): Promise<Looks> {
  const asked = { team: request.team, hosts, topics: [...runbooks.topics.keys()] }
  const byHost = new Map<string, LastLook[]>()
  for (const look of await lastLooks(store, asked)) {
    if (!request.may('read', { host: look.host, topic: look.topic }).allowed) continue
    byHost.set(look.host, [...(byHost.get(look.host) ?? []), look])
  }
  return byHost
}

/** One that could not be reached may be worse than one with warnings, and is not known to be. */
const ranks: readonly string[] = ['🔴', '⚫', '🟠', '🟡']
const rankOf = (run: Run): number => ranks.indexOf(mark(run))

async function worstFirst(sources: Sources, looks: Looks, hosts: readonly string[]): Promise<HomeHost[]> {
  const wanted = hosts.flatMap((host) => (looks.get(host) ?? []).filter(isTrouble))
  const runs = await runsById(
    sources.store,
    wanted.map(({ id }) => id),
  )
  const ranked = runs.sort((a, b) => rankOf(a) - rankOf(b) || b.createdAt.getTime() - a.createdAt.getTime())
  const byHost = new Map<string, [Run, ...Run[]]>()
  for (const run of ranked) byHost.set(run.host, [...(byHost.get(run.host) ?? []), run] as [Run, ...Run[]])
  return Promise.all(
    [...byHost].map(async ([host, all], at): Promise<HomeHost> => {
      const last =
        at < ASKED_ABOUT ? await firstOpen(sources, all) : { run: all[0], solved: undefined, url: undefined }
      return { host, last }
    }),
  )
}

/** What is solved hides nothing that is not. */
async function firstOpen(sources: Sources, runs: readonly [Run, ...Run[]]): Promise<HomeRun> {
  const all = await Promise.all(runs.map((run) => homeRun(sources, run)))
  return all.find(({ solved }) => !solved) ?? homeRun(sources, runs[0])
}

async function newestOf(sources: Sources, looks: Looks, hosts: readonly string[]): Promise<HomeHost[]> {
  const ids = hosts.flatMap((host) => looks.get(host)?.[0]?.id ?? [])
  const runs = new Map((await runsById(sources.store, ids)).map((run) => [run.host, run]))
  return Promise.all(
    hosts.map(async (host) => {
      const run = runs.get(host)
      return { host, last: run && (await homeRun(sources, run)) }
    }),
  )
}
