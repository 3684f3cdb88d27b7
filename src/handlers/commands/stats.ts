import { type ResponseTime, responseTimes } from '../../escalation/history/response-times.ts'
import { ratingCounts } from '../../runs/history/feedback.ts'
import { titlesIn, type VerdictCount, verdictCounts } from '../../runs/history/verdict-counts.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { type Stats, statsMessage } from '../../slack/messages/history/stats-message.ts'
import type { Queryable } from '../../store/db.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

/** A year of a busy workspace has more: its answer would be late, and keep the others waiting. */
const MOST_COUNTED = { runs: 20_000, escalations: 5_000 }

/** `/debvisor stats [30d]`: counts of what the asker may see, and of nothing else. */
export async function statsCommand(
  { store }: Pick<Capabilities, 'store'>,
  request: SlackRequest,
  { days }: { readonly days: number },
  most = MOST_COUNTED,
): Promise<Message> {
  const permit = await request.permit('read', {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  const { team } = request
  const mayRead = ({ host, topic }: Place): boolean => request.may('read', { host, topic }).allowed
  const counted = await verdictCounts(store, team, { days, most: most.runs })
  const answered = await responseTimes(store, team, { days, most: most.escalations })
  const counts = counted.filter(mayRead)
  const times = answered.times.filter(mayRead)
  const ratings = (await ratingCounts(store, team, days)).filter(mayRead)
  const ratedAs = (wanted: 'right' | 'wrong') =>
    sum(ratings.filter(({ rating }) => rating === wanted).map((each) => each.ratings))
  return statsMessage({
    days,
    newest: {
      ...(sum(counted.map(({ runs }) => runs)) < most.runs ? {} : { runs: most.runs }),
      ...(answered.escalations < most.escalations ? {} : { escalations: most.escalations }),
    },
    topics: byTopic(counts),
    causes: await commonCauses(store, counts),
    times: kinds.map(([what, name]) => ({
      what: name,
      seconds: times.filter((each) => each.what === what).map(({ seconds }) => seconds),
    })),
    ratings: { right: ratedAs('right'), wrong: ratedAs('wrong') },
  })
}

interface Place {
  readonly host: string
  readonly topic: string
}

const kinds: readonly (readonly [ResponseTime['what'], string])[] = [
  ['acknowledged', 'acknowledged'],
  ['resolved', 'resolved'],
  ['ticket closed', 'ticket closed'],
]

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)

function byTopic(counts: readonly VerdictCount[]): Stats['topics'] {
  const topics = [...new Set(counts.map(({ topic }) => topic))].map((topic) => {
    const runs = (...outcomes: VerdictCount['outcome'][]) =>
      sum(counts.filter((c) => c.topic === topic && outcomes.includes(c.outcome)).map((c) => c.runs))
    return {
      topic,
      problem: runs('problem'),
      healthy: runs('healthy'),
      unclear: runs('inconclusive', 'failed'),
    }
  })
  const all = (t: Stats['topics'][number]) => t.problem + t.healthy + t.unclear
  return topics.sort((a, b) => all(b) - all(a) || a.topic.localeCompare(b.topic))
}

const MOST = 8

/** What a run that failed is about has no finding that names it. */
const unreachable: Readonly<Record<string, string>> = {
  'unreachable.network': 'The host cannot be reached',
  'unreachable.authentication': 'The host refused the login',
  'unreachable.host-key': 'The host key is not trusted',
  'unreachable.session': 'The session on the host broke off',
}

/** A cause has the name that its newest run gave it. */
async function commonCauses(db: Queryable, counts: readonly VerdictCount[]): Promise<Stats['causes']> {
  const byFinding = new Map<string, VerdictCount[]>()
  for (const count of counts)
    if (count.finding !== undefined)
      byFinding.set(count.finding, [...(byFinding.get(count.finding) ?? []), count])
  const common = [...byFinding]
    .map(([finding, all]) => ({
      finding,
      times: sum(all.map(({ times }) => times)),
      hosts: new Set(all.map(({ host }) => host)).size,
      run: all[0]?.newest ?? '',
    }))
    .filter(({ times }) => times > 0)
    .sort((a, b) => b.times - a.times || a.finding.localeCompare(b.finding))
    .slice(0, MOST)
  const titles = await titlesIn(db, common)
  return common.map(({ finding, times, hosts }) => ({
    title: titles.get(finding) ?? unreachable[finding] ?? finding,
    ...{ times, hosts },
  }))
}
