import { type Check, changeOne, groupBy, moreThan, one } from './check.ts'
import type { Facts, RunFact, ShownFact } from './facts.ts'

/** How the message of a run begins, by what is stored of it. */
const marks: Readonly<Record<string, readonly string[]>> = {
  healthy: ['🟢'],
  problem: ['🔴', '🟠', '☑️'],
  inconclusive: ['🟡', '☑️'],
  failed: ['⚫', '☑️'],
  cancelled: ['⚫'],
}
const UNDER_WAY = '⏳'
const CANCEL = 'run_cancel'

const fixMarks: Readonly<Record<string, string>> = {
  'awaiting-approval': '🔧',
  approved: '⏳',
  running: '⏳',
  succeeded: '✅',
  failed: '❌',
  unknown: '❓',
  refused: '🚫',
  expired: '⌛',
  void: '🚫',
}

const storedState = ({ state, verdict }: RunFact): string => (state === 'done' ? (verdict ?? '') : state)

const mainOf = (facts: Facts, run: RunFact): ShownFact | undefined =>
  facts.shown.find((shown) => shown.run === run.id && shown.key === 'main')

const whatShows = (run: RunFact): string => `run ${run.code} (${run.topic} on ${run.host})`

/** Undefined: the message fits what is stored. */
function staleness(run: RunFact, shown: ShownFact): string | undefined {
  const begins = marks[storedState(run)]
  if (!begins) return undefined
  if (!begins.some((mark) => shown.text.startsWith(mark)))
    return `${whatShows(run)} is ${storedState(run)}, and its message says: ${shown.text.slice(0, 120)}`
  if (shown.buttons.includes(CANCEL))
    return `${whatShows(run)} has ended, and its message still offers Cancel`
  return undefined
}

/** Main messages that said a verdict and then that the run goes on, with how long they said so. */
function overwritten(
  facts: Facts,
): { readonly run: RunFact; readonly ms: number; readonly isLast: boolean }[] {
  const byPlace = groupBy(facts.writes, ({ channel, ts }) => `${channel} ${ts}`)
  return facts.runs.flatMap((run) => {
    const main = mainOf(facts, run)
    const writes = main ? (byPlace.get(`${main.channel} ${main.ts}`) ?? []) : []
    const first = writes.findIndex(({ text }) => !text.startsWith(UNDER_WAY))
    const back = writes.findIndex(({ text }, at) => first >= 0 && at > first && text.startsWith(UNDER_WAY))
    if (back < 0) return []
    const next = writes.slice(back).find(({ text }) => !text.startsWith(UNDER_WAY))
    return [
      {
        run,
        ms: (next?.at ?? Number.POSITIVE_INFINITY) - (writes[back]?.at ?? 0),
        isLast: next === undefined,
      },
    ]
  })
}

/** A write that was under way when its process was stopped cannot be called back; whoever stored the verdict draws it again. */
const MENDED_WITHIN_MS = 60_000

export const threadChecks: readonly Check[] = [
  {
    name: 'each run has exactly one message',
    proves: ['R1', 'R13', 'R14'],
    trials: (facts) => facts.runs.length,
    problems: (facts) => {
      const mains = groupBy(
        facts.shown.filter(({ key }) => key === 'main'),
        ({ run }) => run,
      )
      return facts.runs
        .filter(({ id }) => mains.get(id)?.length !== 1)
        .map((run) => `${whatShows(run)} has ${mains.get(run.id)?.length ?? 0} messages`)
    },
    plant: (facts) => ({ ...facts, shown: [...facts.shown, one(facts.shown, ({ key }) => key === 'main')] }),
  },
  {
    name: 'nothing is posted twice',
    proves: ['R13', 'R14'],
    trials: (facts) => facts.shown.length,
    problems: (facts) =>
      [...moreThan(facts.shown, ({ run, key }) => `${run} ${key}`, 1).values()].map(
        ([first, ...others]) =>
          `${first?.key} of run ${first?.run} stands ${others.length + 1} times: ${first?.text.slice(0, 80)}`,
      ),
    plant: (facts) => ({ ...facts, shown: [...facts.shown, one(facts.shown, ({ key }) => key !== 'main')] }),
  },
  {
    name: 'no file is uploaded twice',
    proves: ['R1', 'R14'],
    trials: (facts) => facts.files.length,
    problems: (facts) =>
      [...moreThan(facts.files, ({ thread, name }) => `${name} in ${thread}`, 1)].map(
        ([what, those]) => `${what} is there ${those.length} times`,
      ),
    plant: (facts) => ({ ...facts, files: [...facts.files, one(facts.files, () => true)] }),
  },
  {
    name: 'what was posted is known by its place',
    proves: ['R14'],
    trials: (facts) => facts.stored.filter(({ ts }) => ts !== null).length,
    problems: (facts) => {
      const places = new Set(facts.shown.map(({ run, key, ts }) => `${run} ${key} ${ts}`))
      return facts.stored
        .filter(({ run, key, ts }) => ts !== null && !places.has(`${run} ${key} ${ts}`))
        .map(({ run, key, ts }) => `${key} of run ${run} is not at ${ts}`)
    },
    plant: (facts) => ({
      ...facts,
      stored: changeOne(
        facts.stored,
        ({ ts }) => ts !== null,
        (stored) => ({ ...stored, ts: '1.000001' }),
      ),
    }),
  },
  {
    name: 'every thread ends in the stored state',
    proves: ['R1', 'R3', 'R13'],
    trials: (facts) => facts.runs.length,
    problems: (facts) =>
      facts.runs.flatMap((run) => {
        const shown = mainOf(facts, run)
        return (shown && staleness(run, shown)) ?? []
      }),
    plant: (facts) => ({
      ...facts,
      shown: changeOne(
        facts.shown,
        ({ key, text }) => key === 'main' && !text.startsWith(UNDER_WAY),
        (shown) => ({
          ...shown,
          text: `${UNDER_WAY} running`,
        }),
      ),
    }),
  },
  {
    name: 'every fix that was asked for shows how it ended',
    proves: ['R2', 'R13'],
    trials: (facts) => facts.fixes.filter(({ state }) => state !== 'proposed').length,
    problems: (facts) =>
      facts.fixes.flatMap(({ id, host, state }) => {
        const mark = fixMarks[state]
        const shown = facts.shown.find(({ key }) => key === `fix:${id}`)
        if (mark === undefined || shown?.text.startsWith(mark)) return []
        return [
          `the fix ${id} on ${host} is ${state}, and its message says: ${shown?.text.slice(0, 120) ?? 'there is none'}`,
        ]
      }),
    plant: (facts) => ({
      ...facts,
      fixes: changeOne(
        facts.fixes,
        ({ state }) => state === 'succeeded',
        (fix) => ({ ...fix, state: 'unknown' }),
      ),
    }),
  },
  {
    name: 'no verdict is overwritten by "running" to stay',
    proves: ['R3'],
    trials: (facts) => facts.runs.filter(({ epoch }) => epoch > 0).length,
    problems: (facts) =>
      overwritten(facts)
        .filter(({ ms, isLast }) => isLast || ms > MENDED_WITHIN_MS)
        .map(({ run, ms }) => `${whatShows(run)} said that it runs for ${ms} ms after its verdict`),
    plant: (facts) => {
      const run = one(facts.runs, (each) => each.state === 'done' && mainOf(facts, each) !== undefined)
      const { channel = '', ts = '' } = mainOf(facts, run) ?? {}
      const late = { at: Date.now(), method: 'update', channel, ts, text: `${UNDER_WAY} running` } as const
      return { ...facts, writes: [...facts.writes, late] }
    },
  },
]

/** For the report: how often a late write was seen and mended. */
export const mendedOverwrites = (facts: Facts): readonly number[] =>
  overwritten(facts)
    .filter(({ isLast }) => !isLast)
    .map(({ ms }) => ms)
