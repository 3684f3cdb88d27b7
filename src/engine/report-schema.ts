import { z } from 'zod'
import type { PublishedReport, Report } from '../findings/report.ts'

/**
 * The report as `--format json` prints it, for those who read it by machine; schema/report.json is generated from here.
 */

const text = z.string()
const count = z.number().int().min(0)

const finding = z.strictObject({
  id: text.describe('Equal across topics, such as postgresql.disk-full.'),
  role: z
    .enum(['cause', 'consequence', 'suspect', 'notice'])
    .describe(
      'A notice never changes the verdict; a consequence is explained by another finding; a suspect is not as it was in the last healthy run, or not as in its package or on a host of the same group.',
    ),
  severity: z.enum(['critical', 'warning', 'info']),
  symptom: z.literal(true).exactOptional().describe('It says what is wrong; why is not known.'),
  title: text.describe('One clause without a full stop.'),
  detail: text.describe('One line with the figures.'),
  subject: text.describe('What is responsible: a mount, a unit, a database.'),
  evidence: z.array(z.strictObject({ probe: text, text })).readonly(),
  resolution: z.array(text).readonly().describe("The guide's steps, in order."),
  fix: text.exactOptional().describe('Id of the fix that would mend it.'),
  touches: z
    .strictObject({
      paths: z
        .strictObject({
          count: count.describe('How many.'),
          first: z.array(text).readonly().describe('The first of them.'),
          from: text.describe('What they are before, as root:root.'),
          to: text.describe('What they are afterwards.'),
        })
        .exactOptional()
        .describe('Paths that get another owner.'),
      others: z.array(text).readonly().nullable().exactOptional().describe('Who else would notice.'),
    })
    .exactOptional()
    .describe('What the fix would change, and whom else it concerns.'),
  explainedBy: z
    .array(text)
    .readonly()
    .exactOptional()
    .describe('Ids of the findings that explain this one.'),
  topic: text.exactOptional().describe('The topic that looks into it; absent: the one that was asked.'),
})

const publishedFinding = finding.extend({
  confidence: z
    .enum(['proven', 'likely', 'suspect'])
    .describe('likely: something else could look the same. suspect: it has changed, no more.'),
})

const probe = z.strictObject({
  id: text,
  status: z.enum([
    'answered',
    'not-installed',
    'skipped',
    'unanswered',
    'timed-out',
    'refused',
    'cut',
    'lost',
  ]),
  exitCode: z.number().int().nullable(),
  ms: z.number().min(0),
  topic: text.exactOptional().describe('The topic that asks it; absent: the one that was asked.'),
})

const changed = z.strictObject({
  since: z.strictObject({
    kind: z
      .enum(['healthy-run', 'day'])
      .describe('Since the last run of this topic on this host that found nothing, or in the last day.'),
    seconds: count.describe('How far back that is.'),
  }),
  items: z
    .array(
      z.strictObject({
        kind: z.enum(['file', 'package', 'unit']),
        name: text.describe('A path; a package with its version; a unit with what became of it.'),
        at: text.describe('Local time of the host, with the date where it is not today.'),
        age: count.describe('Seconds.'),
      }),
    )
    .readonly()
    .describe('The most related to what is wrong first, else the newest.'),
  related: count
    .exactOptional()
    .describe(
      'How many of the items, from the first on, have to do with what is wrong; absent where nothing is wrong.',
    ),
})

const unexplained = z.strictObject({
  of: text.describe('Whose log says it: "PostgreSQL".'),
  said: text.describe('The newest line of its kind, without time, host and process.'),
  object: text.describe('What it names: a path, an address, an object of the database; empty: nothing.'),
  count: count.describe('How many there are in the part of the log that was read.'),
  first: count.describe('Seconds before the run.'),
  last: count.describe('Seconds before the run.'),
  goesOn: z.boolean().describe('It came again and again up to the run.'),
  strangers: z.boolean().describe('It is about somebody else, such as a foreign login.'),
})

export const comparedWithSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('packages') }),
  z.strictObject({ kind: z.literal('sibling'), name: text }),
])

const compared = z.strictObject({
  with: comparedWithSchema
    .exactOptional()
    .describe(
      'Absent: with the last healthy run. packages: files of the host with those of their packages. sibling: with another host of its group, when that was well.',
    ),
  seconds: count.describe('How old the healthy run is that this one was compared with.'),
  differences: z.array(text).readonly().describe('The likeliest to blame first; at most 100.'),
  more: count.describe('How many differences there are beyond those.'),
  unseen: z
    .array(text)
    .readonly()
    .describe('What one of the two runs could not read, so that nothing is known of it; at most 100.'),
})

export const publishedSchema = z.strictObject({
  topic: text,
  host: text,
  verdict: z.enum(['healthy', 'problem', 'inconclusive']),
  summary: text.describe('The headline, without topic and host.'),
  findings: z.array(publishedFinding).readonly().describe('The likeliest root cause first; notices last.'),
  unexplained: z
    .array(unexplained)
    .readonly()
    .exactOptional()
    .describe('Errors in the logs that no true finding quotes; absent where there are none.'),
  ruledOut: z.array(z.strictObject({ id: text, title: text })).readonly(),
  unknown: z
    .array(z.strictObject({ probe: text, reason: text, remedy: text }))
    .readonly()
    .describe('What could not be looked at, why, and what would allow it.'),
  changed: changed
    .exactOptional()
    .describe('What was touched before. It never changes the verdict; absent where no probe said.'),
  compared: compared
    .exactOptional()
    .describe('How the host differs from the last healthy run; absent where nothing was compared.'),
  blind: text.exactOptional().describe('What one visit cannot see, in one clause.'),
  lookedAt: text
    .exactOptional()
    .describe('What of the platform was looked at, as the host told it, in one clause.'),
  probes: z.array(probe).readonly(),
  alsoAsked: z
    .array(text)
    .readonly()
    .exactOptional()
    .describe('Other topics that were asked too, because something is wrong with the host; absent: none.'),
  ms: count.describe('Wall time in milliseconds.'),
  cost: z
    .strictObject({
      cpuMs: count.describe("CPU time on the host in milliseconds, without the SSH server's own."),
      snapshotCpuMs: count.exactOptional().describe('The part of it that the snapshot took.'),
      processes: count.describe(
        'Processes and threads that the host started meanwhile, whoever started them: at most so many are of the look.',
      ),
    })
    .exactOptional()
    .describe('What the look took from the host, as the host told it; absent where it did not.'),
}) satisfies z.ZodType<PublishedReport>

/** As a run stores and records it. */
export const reportSchema = publishedSchema.extend({
  findings: z
    .array(
      finding.extend({
        because: text.exactOptional(),
        confidence: z.enum(['likely', 'suspect']).exactOptional(),
      }),
    )
    .readonly(),
}) satisfies z.ZodType<Report>
