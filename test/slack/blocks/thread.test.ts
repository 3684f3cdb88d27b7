import { describe, expect, it } from 'vitest'
import type { ProbeRecord } from '../../../src/engine/probe-record.ts'
import { outputFile, threadMessages } from '../../../src/slack/blocks/thread.ts'
import { toPlain } from '../../../src/slack/plain.ts'
import { diskReport, run, view } from './views.ts'

const disk: ProbeRecord = {
  id: 'disk',
  status: 'answered',
  exitCode: 0,
  ms: 12,
  command: 'df -P /var/lib/postgresql',
  stdout: '/dev/sdb1 20G 20G 0 100% /var/lib/postgresql\n',
  stderr: '',
}
const of = (report = diskReport()) => view(run({ report }))

describe('the thread of a run', () => {
  it('quotes the evidence of each finding, cause first, with the command that asked and the resolution', () => {
    const [evidence] = threadMessages(of(), [disk])
    const text = evidence ? toPlain(evidence) : ''
    expect(text).toMatch(
      /Cause: The disk.*\n.*100 % used.*\ndisk: `df -P \/var\/lib\/postgresql`\n {4}\/dev\/sdb1.*\n {2}• Free space there/,
    )
    expect(text).toContain('Known fix: `restart-postgresql`')
    expect(text.indexOf('Cause:')).toBeLessThan(text.indexOf('Consequence: PostgreSQL is down'))
    expect(text).toContain('explained by: The disk of PostgreSQL is full')
  })

  it('lists what could not be seen, with the exact grant to copy, and what was ruled out', () => {
    const unknown = [{ probe: 'journal', reason: 'permission denied', remedy: 'usermod -aG adm bot' }]
    const rest = threadMessages(of(diskReport({ unknown })), [disk]).at(-1)
    expect(rest?.key).toBe('thread:rest')
    expect(rest && toPlain(rest)).toBe(
      'Could not be seen\njournal: permission denied\n    usermod -aG adm bot\nRuled out\n  • Too many connections',
    )
  })

  it('has the same keys whenever it is shown', () => {
    const keys = () => threadMessages(of(), [disk]).map((message) => message.key)
    expect(keys()).toEqual(['thread:evidence:1', 'thread:rest'])
    expect(keys()).toEqual(keys())
  })

  it('stops after four messages of evidence and counts what is left to the file', () => {
    const [cause] = diskReport().findings
    if (!cause) throw new Error('the report has a cause')
    const long = { ...cause, evidence: [{ probe: 'disk', text: 'y'.repeat(10_000) }] }
    const findings = Array.from({ length: 60 }, (_, i) => ({ ...long, id: `f${i}` }))
    const messages = threadMessages(of(diskReport({ findings })), [disk])
    const evidence = messages.filter((message) => message.key.startsWith('thread:evidence'))
    expect(evidence).toHaveLength(4)
    const shown =
      evidence
        .map(toPlain)
        .join('\n')
        .match(/Cause:/g)?.length ?? 0
    expect(evidence.at(-1) && toPlain(evidence[3] as never)).toContain(
      `${60 - shown} more findings are in the file`,
    )
  })

  it('is empty where there is no verdict', () => {
    expect(threadMessages(view(run({ state: 'failed', report: null })), [disk])).toEqual([])
  })
})

describe('the output file', () => {
  it('has every probe under its heading, with the exact command, output and errors', () => {
    const silent: ProbeRecord = {
      ...disk,
      id: 'pg',
      status: 'timed-out',
      exitCode: null,
      reason: 'no answer within 10 s',
      stdout: '',
      stderr: 'connecting …\n',
    }
    const file = outputFile(of(), [disk, silent])
    expect(file).toMatchObject({ key: 'file:output', filename: 'db-host1-7F3K.txt' })
    expect(file.content).toBe(
      [
        'db on host1, run 7F3K, 2026-11-05T14:02:11.000Z',
        '',
        '==== disk · Disk space · answered, exit status 0, 12 ms',
        '$ df -P /var/lib/postgresql',
        '/dev/sdb1 20G 20G 0 100% /var/lib/postgresql',
        '',
        '==== pg · PostgreSQL · timed-out, 12 ms: no answer within 10 s',
        '$ df -P /var/lib/postgresql',
        '---- stderr',
        'connecting …',
        '',
      ].join('\n'),
    )
  })
})
