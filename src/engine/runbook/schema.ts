import { z } from 'zod'
import { probe } from './probe-schema.ts'
import {
  alertName,
  expression,
  findingId,
  name,
  parameter,
  parameterName,
  parameterTypes,
  probeId,
  sentence,
  template,
} from './schema-parts.ts'

/**
 * The YAML of a runbook as its author writes it. Unknown keys are errors. load-runbooks.ts checks what zod cannot see:
 * names that nothing gives, types of conditions, circles of explanations. schema/runbook.json is generated from here.
 *
 * Two kinds of file: a topic (`topic: db`), which engineers can name, and a part (`part: host`), which topics include.
 */

const fixTimeout = z
  .string()
  .regex(/^([1-9]|[1-9][0-9]|1[01][0-9]|120)s$/, 'a time-out of a fix is 1s to 120s')
  .describe('How long each step may take on the host, 1s to 120s.')
const fixSettle = z
  .string()
  .regex(/^([0-9]|[1-5][0-9]|60)s$/, 'a pause is 0s to 60s')
  .describe('How long the host is left alone before the probes run again, 0s to 60s.')

const evidenceOf = z.union([
  probeId.describe("The first lines of that probe's output."),
  z.strictObject({ probe: probeId, text: expression.describe('string or list<string>: what to quote.') }),
])

/** A fix, and what it needs to know of this very finding: the pid of the session, and when it began. */
const fixUse = z.strictObject({
  use: name.describe('The fix.'),
  when: expression
    .optional()
    .describe(
      'The fix is offered only where this is true: neither where it is false nor where it is not known.',
    ),
  values: z
    .record(parameterName, expression)
    .default({})
    .describe('Taken out of evidence, each through the type that the fix declares.'),
})

/**
 * A finding: something that may be true of a host. Ids are shared across topics. Variables of an expression: every
 * probe by its id, `param`, `host` (name, production), `run` (at, since: seconds), `facts`, and `it` where `each` is
 * given.
 */
const finding = z
  .strictObject({
    title: template.describe('One clause without a full stop.'),
    because: template.optional().describe('The same as a subordinate clause: "its disk is full".'),
    when: expression
      .optional()
      .describe('true, false, or unknown where a probe that it needs gave no answer.'),
    each: expression
      .optional()
      .describe('A list: one finding for each element, called `it`. Empty: not true.'),
    refutedBy: expression
      .optional()
      .describe(
        'What shows that it is not so, though `when` is true: then it counts as ruled out. Where this is unknown, the finding stands.',
      ),
    severity: z
      .enum(['critical', 'warning', 'info'])
      .describe('info: a notice, which never changes the verdict.'),
    symptom: z
      .boolean()
      .optional()
      .describe(
        'true: it says what is wrong, and not why. Differences from the last healthy run are told before it, as suspects.',
      ),
    confidence: z
      .enum(['proven', 'likely'])
      .optional()
      .describe(
        'likely, in place of proven: the evidence fits this, and something else could look the same.',
      ),
    subject: template.describe('What is responsible: a mount, a unit, a database.'),
    detail: template.describe('What is so, in a sentence or two, with the numbers that show it.'),
    evidence: z
      .array(evidenceOf)
      .min(1)
      .describe('What the thread quotes below it: probes, or what you choose of them.'),
    resolution: z.array(template).min(1).describe('What to do, one step each.'),
    fix: z
      .union([name, fixUse])
      .optional()
      .describe('The fix that would mend it; with `values` where the fix asks for some.'),
    explainedBy: z
      .array(findingId)
      .default([])
      .describe('Findings that, if true, make this one a consequence.'),
  })
  .refine((f) => f.when !== undefined || f.each !== undefined, 'a finding has `when`, `each` or both')

/** For people; `{{parameters}}` and `{{values}}` may stand in it. */
const told = sentence

/**
 * A value that a line of sudoers names: the host says it, and the fix is offered only where a parameter says the same.
 */
const grantedValue = z.strictObject({
  type: z.enum(parameterTypes),
  granted: z
    .array(parameterName)
    .min(1)
    .max(3)
    .describe('Parameters: the first that is not empty is what `debvisor sudoers --fixes` grants.'),
})

/**
 * What mends a finding: one argv or several, one after the other until one fails. A human asks for it, and another one
 * approves it where production is concerned.
 */
const fix = z.strictObject({
  title: told.describe('What it does, as an order: "Restart nginx".'),
  steps: z
    .array(z.array(z.string().min(1).max(1000)).min(1).max(40))
    .min(1)
    .max(5)
    .describe('Each one argv of constants, {{parameters}} and {{values}}; the program is a constant.'),
  as: z
    .enum(['root', 'login'])
    .default('root')
    .describe('root: through sudo. login: as the login for fixes itself, with rights that sudo is not for.'),
  values: z
    .record(parameterName, z.union([z.enum(parameterTypes), grantedValue]))
    .default({})
    .describe(
      'What a finding that uses it takes out of evidence: a value that does not fit its type is no offer.',
    ),
  timeout: fixTimeout.default('60s'),
  settle: fixSettle.default('3s'),
  grant: sentence
    .optional()
    .describe('What the login for fixes needs where sudo is not for it. ${login} is that login.'),
  when: expression
    .optional()
    .describe(
      'Where it may be offered, whichever finding uses it: neither where this is false nor where it is not known.',
    ),
  changes: z
    .strictObject({
      count: expression.describe('int: how many paths change. None: it is not offered.'),
      first: expression.describe('list<string>: the first of them, for people.'),
      from: told.describe('What they are before: "root:root".'),
      to: told.describe('What they are afterwards; {{values}} may stand in it.'),
    })
    .optional()
    .describe(
      'Paths whose owner or mode it changes. They are shown before anybody decides, and compared right before it runs.',
    ),
  others: expression
    .optional()
    .describe(
      'list<string>: what else would notice, each in a clause that is the same from look to look. Shown and compared likewise.',
    ),
  effect: told.describe('What is expected to happen.'),
  risk: told.describe('What may go wrong, for whoever decides.'),
})

const caseName = z
  .string()
  .regex(/^[a-z][a-z0-9 -]{0,39}$/, 'a case is called by small letters, digits, spaces and -')
const someCases = <T extends z.ZodType>(of: T) =>
  z.record(caseName, of).refine((cases) => Object.keys(cases).length > 0, 'must not be empty')

/** An expression, or a table of named cases where it would be a long one: fact-table.ts. */
const fact = z.union([
  expression,
  z.strictObject({
    cases: someCases(z.strictObject({ when: expression, gives: expression })).describe(
      'The first whose `when` is true gives it.',
    ),
    otherwise: expression,
  }),
  z.strictObject({
    when: expression.optional().describe('Where it is false the list is empty.'),
    each: expression.describe('A list, whose elements the cases call `it`.'),
    cases: someCases(expression).describe('Kept is what one of them is true for.'),
  }),
  z.strictObject({ any: someCases(expression).describe('True where one of them is.') }),
])

const common = {
  version: z.literal(1).describe('Of this format.'),
  include: z
    .array(name)
    .default([])
    .describe('Parts whose parameters, probes, facts, findings and fixes belong to this file too.'),
  parameters: z
    .record(parameterName, parameter)
    .default({})
    .describe('What differs from host to host: the variable of that name in the inventory. See below.'),
  probes: z.record(probeId, probe).default({}),
  facts: z
    .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a fact is lower case letters, digits and _'), fact)
    .default({})
    .describe(
      'Named expressions over evidence, or tables of cases, used as facts.NAME; may use facts above them. Unknown where a probe is.',
    ),
  findings: z.record(findingId, finding).default({}),
  fixes: z.record(name, fix).default({}),
  changed: probeId
    .optional()
    .describe(
      'The probe whose rows (kind, name, at, age) say what was changed in the last {{since}} seconds: shown beside the cause, decides nothing.',
    ),
  applies: expression
    .optional()
    .describe(
      'A condition over `param` and `host`: where it is false no finding of this file is true, and none is left open by what could not be seen.',
    ),
  lookedAt: template
    .optional()
    .describe('What the run looked at, as the host told it, in one clause: said with every verdict.'),
  blind: template
    .optional()
    .describe('What one visit cannot see, in one clause: said with every verdict of the topic.'),
}

export const partFile = z.strictObject({
  part: name.describe('What `include` names.'),
  description: sentence.describe('What it is about, for its authors.'),
  ...common,
})

export const topicFile = z.strictObject({
  topic: name.describe('What engineers name in a command: `/debvisor diagnose TOPIC HOST`.'),
  aliases: z.array(name).default([]).describe('Other names of it.'),
  title: sentence.describe('Shown in lists of topics.'),
  symptoms: z
    .array(sentence)
    .min(1)
    .describe(
      'What somebody sees who needs it, in their words: lists show them, and the topic is chosen by them.',
    ),
  words: z
    .array(sentence)
    .default([])
    .describe(
      'Further words that engineers use for its symptoms: `/debvisor diagnose HOST words…` chooses by them.',
    ),
  alerts: z
    .array(alertName)
    .optional()
    .describe(
      'Alerts of the monitoring that this topic answers, by `alertname`: `/debvisor diagnose HOST NAME` chooses by them. Each belongs to one topic.',
    ),
  about: z
    .array(name)
    .default([])
    .describe(
      'What its engineers ask about: first words of finding ids, such as `postgresql`. The headline speaks of those findings where it can.',
    ),
  order: z.number().int().default(100).describe('Position in lists.'),
  ...common,
})

export const runbookFile = z.union([topicFile, partFile])

export type PartFile = z.infer<typeof partFile>
export type TopicFile = z.infer<typeof topicFile>
export type ProbeFile = z.infer<typeof probe>
export type FindingFile = z.infer<typeof finding>
export type FactFile = z.infer<typeof fact>
export type FixFile = z.infer<typeof fix>
export type ParameterFile = z.infer<typeof parameter>
export type ParameterType = (typeof parameterTypes)[number]
