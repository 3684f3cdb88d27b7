import { z } from 'zod'
import { emailProblem, mirrorUrlProblem, siteProblem } from './addresses.ts'
import { checked, secretFile } from './schema-parts.ts'

/**
 * The trackers that tickets are copied to. A tracker is used if its section is there, and it then needs its secret
 * (secrets.ts).
 */

const labels = (preset: readonly string[]) =>
  z
    .array(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/, 'a label is letters, digits, `.`, `_` and `-`'),
    )
    .max(20)
    .default([...preset])

export const mirrorsSchema = z
  .strictObject({
    github: z
      .strictObject({
        repository: z
          .string()
          .regex(
            /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
            'a repository is owner/name',
          )
          .describe('owner/name; its issues are turned on.'),
        apiUrl: checked(mirrorUrlProblem)
          .default('https://api.github.com')
          .describe('Of an Enterprise Server: https://HOST/api/v3.'),
        labels: labels(['debvisor']),
        tokenFile: secretFile,
      })
      .optional(),
    jira: z
      .strictObject({
        site: checked(siteProblem).describe('https://NAME.atlassian.net'),
        project: z.string().regex(/^[A-Z][A-Z0-9_]{1,30}$/, 'a project is its key, such as OPS'),
        issueType: z.string().trim().min(1).max(60).default('Task'),
        labels: labels(['debvisor']),
        user: checked(emailProblem).describe("E-mail address of the token's owner."),
        tokenFile: secretFile,
      })
      .optional(),
    webhook: z
      .strictObject({
        url: checked(mirrorUrlProblem).describe('Takes a signed POST for each event: docs/webhook.md.'),
        secretFile,
      })
      .optional(),
  })
  .prefault({})
