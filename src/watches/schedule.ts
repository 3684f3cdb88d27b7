import type { Inventory } from '../inventory/inventory.ts'

/** Looks at set times, told where a verdict is another than the time before. */
export interface Schedule {
  readonly id: string
  /** What people call it by, where it has no name. */
  readonly number: number
  readonly team: string
  /** In the configuration; null: a person made it. */
  readonly name: string | null
  /** Slack user who made it: looked at with their rights. */
  readonly user: string | null
  /** Five fields, or a nickname. */
  readonly cron: string
  readonly timezone: string
  /** Null: all. */
  readonly topic: string | null
  /** One of these is null. */
  readonly host: string | null
  readonly hostGroup: string | null
  readonly channel: string
  /** Rises each time that it comes. */
  readonly turn: number
  readonly nextAt: Date
  readonly createdAt: Date
  readonly outcome: 'stopped' | 'refused' | 'gone' | null
  readonly endedAt: Date | null
  readonly endedBy: string | null
  readonly why: string | null
}

/** At one time; more would keep the alerts waiting for long. */
export const MOST_LOOKS = 60

/** Who comes later than that was away: the next time is soon enough. */
export const LATE_MS = 10 * 60_000

export interface ScheduledPlace {
  readonly host: string
  readonly topic: string
}

export type Target = Pick<Schedule, 'topic' | 'host' | 'hostGroup'>

/** Every topic of every host that it names, as far as they are there. */
export function placesOf(
  { topic, host, hostGroup }: Target,
  { hosts, groups }: Inventory,
  topics: Iterable<string>,
): ScheduledPlace[] {
  const named = host === null ? (groups.get(hostGroup ?? '') ?? []) : [host]
  const wanted = [...topics].filter((each) => topic === null || each === topic)
  return named
    .filter((each) => hosts.has(each))
    .flatMap((each) => wanted.map((one) => ({ host: each, topic: one })))
}

/** "db on host1", "all topics on group web" */
export const targetWords = ({ topic, host, hostGroup }: Target): string =>
  `${topic ?? 'all topics'} on ${host ?? `group ${hostGroup}`}`
