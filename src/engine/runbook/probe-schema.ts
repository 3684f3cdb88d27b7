import { z } from 'zod'
import { parse } from '../parsers/parse-schema.ts'
import { expression, parameterName, parameterTypes, sentence } from './schema-parts.ts'

const duration = z
  .string()
  .regex(/^([1-9]|[12][0-9]|30)s$/, 'a time-out is 1s to 30s')
  .describe('How long the probe may take on the host, 1s to 30s (S18).')

const scriptName = z.string().min(1).max(200)

/**
 * A probe: `run` is shell text for the login user, `script` a file with such text (script-files.ts), `privileged` one
 * argv for sudo. `{{parameter}}` is replaced by the value, quoted for the shell in `run`, as it is in an argv element.
 * `connect` names a port that the bot tries from outside. Nothing may change anything on the host.
 */
export const probe = z
  .strictObject({
    title: z.string().trim().min(1).max(60).describe('Shown while it runs: "Disk space".'),
    guide: sentence.optional().describe('The step of the guide that it is: "Database 2".'),
    run: z.string().min(1).max(8000).optional(),
    script: z
      .union([scriptName, z.array(z.string().max(500)).min(1).max(40)])
      .optional()
      .describe(
        'A .sh or .pl file below `scripts/` of the folder of runbooks, and its arguments: `[disks/free.sh, "{{data}}"]`. They are $1, $2, … or @ARGV.',
      ),
    privileged: z.array(z.string().min(1).max(500)).min(1).max(40).optional(),
    connect: parameterName
      .optional()
      .describe(
        'A parameter of type port: the bot itself connects to it, at the address that the inventory has, and closes. Gives `.fields`: connect (ok, refused, timed out, no route), to, from. Skipped where the host is this machine.',
      ),
    parse: parse.optional(),
    answers: z
      .array(z.number().int().min(0).max(255))
      .min(1)
      .default([0])
      .describe(
        'Exit codes that answer the question. All others, but 127 (not installed), leave it unknown.',
      ),
    timeout: duration.default('10s'),
    needs: expression
      .optional()
      .describe(
        'A condition over other probes: the probe belongs to the second wave and runs only where it is true.',
      ),
    first: z
      .boolean()
      .optional()
      .describe('true: it is asked before all others, so that parameters can take what it found (`from`).'),
    values: z
      .record(parameterName, z.strictObject({ type: z.enum(parameterTypes), from: expression }))
      .optional()
      .describe(
        'Second wave only: typed values taken out of evidence for this command; one that does not fit its pattern leaves the probe unknown.',
      ),
    package: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.+-]+$/)
      .optional()
      .describe('The Debian package of the program, for the remedy.'),
    grant: sentence
      .optional()
      .describe("What would allow an unprivileged probe that was denied. ${login} is the bot's login."),
    log: z
      .strictObject({
        of: z.string().trim().min(1).max(40).describe('Whose log it is, as people call it: "PostgreSQL".'),
        own: z
          .boolean()
          .optional()
          .describe(
            'true: it is the log of the platform itself. A system call that keeps failing there, on a path or an address that the line names, is a cause by itself.',
          ),
        ours: z
          .array(expression)
          .min(1)
          .max(10)
          .optional()
          .describe(
            'Conditions, of which one is true of a line, called `it`, that a look of the bot itself has caused. Such an error is not told.',
          ),
        strangers: z
          .array(expression)
          .min(1)
          .max(10)
          .optional()
          .describe(
            'Conditions, of which one is true of a line, called `it`, that is about somebody else: a foreign login, another unit. Such an error is told, and never doubts that the host is healthy.',
          ),
      })
      .optional()
      .describe(
        'The lines are a log, which goes with `parse: { special: dated-log }`: an error in it that no true finding quotes is told as unexplained. Probes that read the same log name the same `of`. It does not go with `expose: false`.',
      ),
    whole: z
      .boolean()
      .default(false)
      .describe(
        'true: its last line is `=== end`, printed after all else succeeded; an answer without it is not understood, so that an empty list is never a lost one.',
      ),
    snapshot: z
      .union([z.boolean(), z.enum(['packages', 'evidence'])])
      .optional()
      .describe(
        'true: it prints facts of what the host is made of (docs/writing-runbooks.md, Snapshots). They are compared with those of the last healthy run, and are no evidence: no condition reads them. packages: it prints which files are not as in their packages, and is asked last, where there is trouble without a known cause and nothing else to compare with. evidence: it is read by conditions as any other probe, and its lines of the area `answer` are facts too.',
      ),
    expose: z
      .boolean()
      .default(true)
      .describe('false: its output is judged, and stored redacted, but no message, file or ticket shows it.'),
  })
  .refine(
    (p) => [p.run, p.script, p.privileged, p.connect].filter((way) => way !== undefined).length === 1,
    'a probe has one of `run`, `script`, `privileged` and `connect`',
  )
  .refine((p) => p.values === undefined || p.needs !== undefined, '`values` goes with `needs`')
  .refine(
    (p) => !p.whole || (p.parse !== undefined && (p.run ?? p.script) !== undefined),
    '`whole` goes with `parse`, and with `run` or `script`',
  )
  .refine(
    (p) => p.log === undefined || isDatedLog(p.parse),
    '`log` goes with `parse: { special: dated-log }`',
  )
  .refine(
    (p) => p.log === undefined || p.expose,
    '`log` does not go with `expose: false`: its errors are told in the report',
  )
  .refine(
    (p) =>
      !p.snapshot ||
      p.snapshot === 'evidence' ||
      ((p.run ?? p.script) !== undefined && p.parse === undefined && p.needs === undefined),
    '`snapshot` goes with `run` or `script`, and without `parse` and `needs`',
  )
  .refine(
    (p) => !p.first || (p.parse !== undefined && p.needs === undefined && p.connect === undefined),
    '`first` goes with `parse`, and without `needs` and `connect`',
  )
  .refine(
    (p) => p.snapshot !== 'evidence' || ((p.run ?? p.script) !== undefined && p.parse !== undefined),
    '`snapshot: evidence` goes with `run` or `script`, and with `parse`',
  )
  .refine(
    (p) => p.connect === undefined || p.parse === undefined,
    'what `connect` gives is no matter of `parse`',
  )

const isDatedLog = (given: z.infer<typeof parse> | undefined): boolean =>
  typeof given === 'object' && 'special' in given && given.special === 'dated-log'
