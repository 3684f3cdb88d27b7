/** What is kept for how many days; src/config/retention.ts says what each is. */
export interface RetentionSettings {
  readonly outputs: number
  readonly runs: number
  readonly looks: number
  readonly fleets: number
  readonly snapshots: number
  readonly alerts: number
  /** Bytes that outputs, verdicts and snapshots may have together; null: any. */
  readonly size: number | null
}

/** As the log, the audit and `debvisor store retention` name what went. */
export const kindNames = [
  'outputs',
  'fleets',
  'looks',
  'schedules',
  'snapshots',
  'alerts',
  'alert summaries',
  'runs',
  'deliveries',
  'outputs beyond the size',
] as const
export type KindName = (typeof kindNames)[number]

/** How much went, or would go. */
export interface Amount {
  readonly count: number
  readonly bytes: number
}

export const nothing: Amount = { count: 0, bytes: 0 }
export const plus = (one: Amount, other: Amount): Amount => ({
  count: one.count + other.count,
  bytes: one.bytes + other.bytes,
})
