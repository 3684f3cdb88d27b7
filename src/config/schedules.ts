import { z } from 'zod'
import { cronProblem, timezoneProblem } from '../async/cron.ts'
import { checked, path } from './schema-parts.ts'

/** Looks at set times, by name. What they name is compared with inventory and runbooks at the start (cli/set-up.ts). */
const schedule = z
  .strictObject({
    cron: checked(cronProblem).describe(
      'Five fields, such as `0 7 * * 1-5`, or `@hourly`, `@daily`, `@weekly`, `@monthly`.',
    ),
    timezone: checked(timezoneProblem).default('UTC').describe('Of `cron`, such as Europe/Berlin.'),
    topic: path.optional().describe('Of a runbook; default: all topics.'),
    host: path.optional().describe('Of the inventory.'),
    hostGroup: path.optional().describe('In place of `host`: each host of that group of the inventory.'),
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{2,20}$/, 'a channel is an id such as C0123ABCD')
      .describe('Where a verdict is told that is another than the time before. The bot is in it.'),
  })
  .superRefine(({ host, hostGroup }, context) => {
    if ((host === undefined) !== (hostGroup === undefined)) return
    context.addIssue({ code: 'custom', message: 'a schedule names either a `host` or a `hostGroup`' })
  })

export const schedulesSchema = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'the name of a schedule is small letters, digits and `-`'),
    schedule,
  )
  .default({})
  .describe('Looks at set times, by name (docs/watch.md).')
