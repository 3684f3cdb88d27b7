import { z } from 'zod'
import { publishedSchema } from './report-schema.ts'
import { runbookFile } from './runbook/schema.ts'

/** For editors: what a runbook's author writes, defaults left out. */
export const runbookJsonSchema = (): object => ({
  ...z.toJSONSchema(runbookFile, { io: 'input', target: 'draft-07' }),
  title: 'DebVisor runbook',
})

/** For programs: what `diagnose --format json` prints. */
export const reportJsonSchema = (): object => ({
  ...z.toJSONSchema(publishedSchema, { io: 'output', target: 'draft-07' }),
  title: 'DebVisor report',
})
