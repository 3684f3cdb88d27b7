import { z } from 'zod'

const LONGEST_DAYS = 3_650
/** What is older is compared with nothing (src/runs/snapshot-store.ts). */
const SNAPSHOT_DAYS = 30

/** As people write it, `30d`; as a number of days. */
const days = (usual: number, most = LONGEST_DAYS) =>
  z
    .string()
    .transform((text, context) => {
      const [, count] = /^([1-9]\d{0,4})d$/.exec(text) ?? []
      if (count !== undefined && Number(count) <= most) return Number(count)
      context.addIssue({
        code: 'custom',
        message: `write a number of days from 1d to ${most}d, such as ${usual}d`,
      })
      return z.NEVER
    })
    .prefault(`${usual}d`)

const UNITS = { MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 } as const

/** `10GB` in bytes; null: `unlimited`. */
const size = z
  .string()
  .transform((text, context) => {
    if (text === 'unlimited') return null
    const [, count, unit] = /^([1-9]\d{0,5}) ?(MB|GB|TB)$/.exec(text) ?? []
    if (count !== undefined && unit !== undefined) return Number(count) * UNITS[unit as keyof typeof UNITS]
    context.addIssue({ code: 'custom', message: 'write a size, such as 500MB or 10GB, or unlimited' })
    return z.NEVER
  })
  .prefault('10GB')

export const retentionSchema = z
  .strictObject({
    outputs: days(30).describe('What hosts answered: the outputs of runs. Their verdicts stay.'),
    runs: days(365).describe(
      'Runs with their verdicts, closed escalations and tickets, fixes and ended watches.',
    ),
    looks: days(30).describe('Looks of watches and schedules that nobody was told of; ended schedules.'),
    fleets: days(90).describe('Answers about many hosts; what was asked of each host goes as a look then.'),
    snapshots: days(SNAPSHOT_DAYS, SNAPSHOT_DAYS).describe('What a host was made of when it was well.'),
    alerts: days(30).describe('Alerts of which nothing was heard since.'),
    size: size.describe(
      'Of outputs, verdicts and snapshots together. What is beyond goes: the oldest outputs first. Or `unlimited`.',
    ),
  })
  .superRefine((retention, context) => {
    // Either may be a default, which stands nowhere: so the mistake is the section's.
    for (const part of ['outputs', 'looks'] as const) {
      if (retention[part] <= retention.runs) continue
      const message = `${part} may not be kept for longer (${retention[part]}d) than runs (${retention.runs}d), whose part they are`
      context.addIssue({ code: 'custom', message })
    }
  })
  .prefault({})
  .describe('What is kept, and for how long. What is open or under way stays, and the audit stays whole.')
