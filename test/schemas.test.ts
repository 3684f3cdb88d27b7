import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { policyJsonSchema } from '../src/access/load-policy.ts'
import { configJsonSchema } from '../src/config/schema.ts'
import { reportJsonSchema, runbookJsonSchema } from '../src/engine/json-schema.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('the committed schemas', () => {
  test.each([
    ['runbook', runbookJsonSchema],
    ['report', reportJsonSchema],
    ['access', policyJsonSchema],
    ['config', configJsonSchema],
  ])('schema/%s.json is what the code says (else: node scripts/schemas.mjs)', (name, make) => {
    expect(JSON.parse(read(`schema/${name}.json`))).toEqual(JSON.parse(JSON.stringify(make())))
  })
})

describe('docs/report.md', () => {
  const text = read('docs/report.md')
  const example = JSON.parse(/```json\n([\s\S]+?)```/.exec(text)?.[1] ?? 'null') as object

  test('shows a report that the schema takes', () => {
    const valid = new Ajv({ strict: false }).compile(reportJsonSchema())
    expect([valid(example), valid.errors]).toEqual([true, null])
  })

  test('explains every key of a report', () => {
    const { properties } = reportJsonSchema() as { properties: Record<string, unknown> }
    const explained = Object.keys(properties).filter((key) => text.includes(`\n| \`${key}\` |`))
    expect(explained).toEqual(Object.keys(properties))
  })
})
