import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import { readRecording, recordingsBelow, rewriteReport } from '../../src/runs/recording.ts'
import { fakeTerminal } from './fake-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'debvisor-runbook-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function test(...args: readonly string[]) {
  const { term, out, err } = fakeTerminal()
  return {
    status: await runCli(term, {}, ['runbook', 'test', ...args]),
    out: out.join('\n'),
    err: err.join('\n'),
  }
}

describe('debvisor runbook test', () => {
  it('prints a row for each recording, and names what none of them covers', async () => {
    const { status, out } = await test()
    expect(status).toBe(0)
    expect(out).toMatch(/^recording +origin +verdict +first finding/)
    expect(out).toMatch(/^(\d+) of \1 right \(\d+ lab, \d+ real, \d+ composed\)\.$/m)
    expect(out).toMatch(
      /^Of \d+ findings \d+ are recorded on hosts, \d+ are only composed, \d+ are in no recording\.$/m,
    )
  })

  it('ends with 1 and says what differs; once that is accepted, with 0', async () => {
    const [own = ''] = recordingsBelow(new URL('../recordings', import.meta.url).pathname)
    const copy = join(folder, 'copy')
    cpSync(own, copy, { recursive: true })
    const read = readRecording(copy)
    if (!read.ok) throw new Error(read.sentence)
    rewriteReport(copy, { ...read.concluded, summary: 'something else' })
    expect(await test(copy)).toMatchObject({ status: 1, out: expect.stringContaining('another summary') })
    expect(await test(copy, '--accept')).toMatchObject({ status: 0 })
    expect(await test(copy)).toMatchObject({ status: 0, out: expect.stringContaining('1 of 1 right') })
  })

  it('ends with 3 where a recording cannot be read, or there is none', async () => {
    const broken = mkdtempSync(join(folder, 'broken-'))
    writeFileSync(join(broken, 'recording.yml'), '{}')
    expect(await test(broken)).toMatchObject({ status: 3, err: expect.stringContaining('is no recording') })
    expect(await test(mkdtempSync(join(folder, 'empty-')))).toMatchObject({
      status: 3,
      err: expect.stringContaining('no recording below'),
    })
    expect(await test(join(folder, 'nowhere'))).toMatchObject({
      status: 3,
      err: expect.stringContaining('There is no folder'),
    })
  })
})
