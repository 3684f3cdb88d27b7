import type { Asked } from '../workload/requests.ts'
import { type Check, changeOne, groupBy, one, without } from './check.ts'
import type { Facts } from './facts.ts'

/** What the guard says where something broke before anything was stored. */
const NOT_STARTED = /nothing was started/i
/** A request that was heard, and turned down in words. */
const REFUSED = /Something broke|nothing was done|already waiting|No command was|is no longer/i

const startsRuns = ({ kind }: Asked): boolean => kind === 'diagnose' || kind === 'again'

/** Acknowledged, and not with the word that nothing came of it. */
const isPromised = (asked: Asked): boolean =>
  startsRuns(asked) &&
  asked.acknowledged &&
  !asked.answers.some((answer) => NOT_STARTED.test(answer) || REFUSED.test(answer))

/** Stands in the store if and only if the request took effect: it is written in the same transaction. */
const keyOf = (facts: Facts, { trigger }: Asked): string => `request:${facts.team}:${trigger}`

const taken = (facts: Facts) => {
  const keys = new Set(facts.deliveries)
  return (asked: Asked): boolean => keys.has(keyOf(facts, asked))
}

/** What a request is about: *Check again* says it by its run. */
function about(facts: Facts, { user, topic, host, about: id }: Asked): string {
  const run = facts.runs.find((one) => one.id === id)
  return `${user}: ${run?.topic ?? topic} on ${run?.host ?? host}`
}

const isEffect = ({ action, decision, target }: Facts['audit'][number]): boolean =>
  action === 'diagnose' && decision === 'allowed' && /^(joined )?run [0-9A-Z]/.test(target ?? '')

export const requestChecks: readonly Check[] = [
  {
    name: 'a command that was acknowledged is stored',
    proves: ['R1', 'R4', 'R15'],
    trials: (facts) => facts.asked.filter(isPromised).length,
    problems: (facts) =>
      facts.asked
        .filter((asked) => isPromised(asked) && !taken(facts)(asked))
        .map(
          (asked) =>
            `lost: ${asked.kind} by ${about(facts, asked)}, said: ${asked.answers.join(' | ') || 'nothing'}`,
        ),
    plant: (facts) => {
      const lost = one(facts.asked, (asked) => isPromised(asked) && taken(facts)(asked))
      return { ...facts, deliveries: without(facts.deliveries, keyOf(facts, lost)) }
    },
  },
  {
    name: 'a command has one effect, however often it is delivered',
    proves: ['R4', 'R15'],
    trials: (facts) => facts.asked.filter((asked) => startsRuns(asked) && taken(facts)(asked)).length,
    problems: (facts) => {
      const asked = facts.asked.filter((each) => startsRuns(each) && taken(facts)(each))
      const wanted = groupBy(asked, (each) => about(facts, each))
      const people = new Set(facts.asked.map(({ user }) => user))
      const effects = groupBy(
        facts.audit.filter((entry) => isEffect(entry) && people.has(entry.actor)),
        ({ actor, topic, host }) => `${actor}: ${topic} on ${host}`,
      )
      return [...new Set([...wanted.keys(), ...effects.keys()])].flatMap((key) => {
        const [times, did] = [wanted.get(key)?.length ?? 0, effects.get(key)?.length ?? 0]
        return times === did ? [] : [`${key} was taken ${times} times and had ${did} effects`]
      })
    },
    plant: (facts) => ({
      ...facts,
      audit: [
        ...facts.audit,
        one(
          facts.audit,
          (entry) =>
            isEffect(entry) &&
            entry.door !== 'monitoring' &&
            facts.asked.some(({ user }) => user === entry.actor),
        ),
      ],
    }),
  },
  {
    name: 'what was said not to be started was not started',
    proves: ['R4'],
    trials: (facts) => facts.asked.filter(saysNotStarted).length,
    problems: (facts) =>
      facts.asked
        .filter((asked) => startsRuns(asked) && saysNotStarted(asked) && taken(facts)(asked))
        .map((asked) => `${about(facts, asked)} was started, and they read: ${asked.answers.join(' | ')}`),
    plant: (facts) => ({
      ...facts,
      asked: changeOne(
        facts.asked,
        (asked) => startsRuns(asked) && taken(facts)(asked),
        (asked) => ({
          ...asked,
          answers: ['Something broke on our side; nothing was started.'],
        }),
      ),
    }),
  },
  {
    name: 'an alert that was acknowledged is kept once',
    proves: ['R4', 'R15'],
    trials: (facts) => facts.alertsSent.filter(({ accepted }) => accepted).length,
    problems: (facts) =>
      facts.alertsSent
        .filter(({ accepted }) => accepted)
        .flatMap(({ startedAt, host }) => {
          const rows = facts.alerts.filter((row) => row.startedAt === startedAt)
          return rows.length === 1
            ? []
            : [`the alert of ${host}, begun ${startedAt}, has ${rows.length} rows`]
        }),
    plant: (facts) => {
      const sent = one(facts.alertsSent, ({ accepted }) => accepted)
      return { ...facts, alerts: facts.alerts.filter(({ startedAt }) => startedAt !== sent.startedAt) }
    },
  },
]

const saysNotStarted = ({ answers }: Asked): boolean => answers.some((answer) => NOT_STARTED.test(answer))
