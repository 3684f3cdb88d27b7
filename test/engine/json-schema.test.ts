import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { reportJsonSchema, runbookJsonSchema } from '../../src/engine/json-schema.ts'
import { topic } from './sample-runbook.ts'

const check = (schema: object) => new Ajv({ strict: false }).compile(schema)

describe('the JSON Schema of runbooks', () => {
  const valid = check(runbookJsonSchema())
  it('takes what the loader takes', () => {
    expect(valid(parse(topic('probes:\n  disk: { title: Disk, run: df, parse: lines }\n')))).toBe(true)
    expect(valid(parse('version: 1\npart: host\ndescription: d\n'))).toBe(true)
  })
  it.each(['probes: { disk: { title: Disk, rum: df } }\n', 'aliases: db\n', 'oder: 1\n'])(
    'refuses %s',
    (text) => {
      expect(valid(parse(topic(text)))).toBe(false)
    },
  )
})

describe('the JSON Schema of reports', () => {
  const valid = check(reportJsonSchema())
  const report = {
    topic: 'db',
    host: 'host1',
    verdict: 'healthy',
    summary: 'nothing wrong found',
    findings: [],
    ruledOut: [],
    unknown: [],
    probes: [{ id: 'disk', status: 'answered', exitCode: 0, ms: 3 }],
    ms: 12,
  }
  it('takes a report and refuses another', () => {
    expect(valid(report)).toBe(true)
    expect(valid({ ...report, verdict: 'fine' })).toBe(false)
    expect(valid({ ...report, more: 1 })).toBe(false)
  })
})
