import { describe, expect, it } from 'vitest'
import { runbook, topic } from '../../engine/sample-runbook.ts'
import { examined, silent } from './examined.ts'

const finding = (probe: string, severity = 'critical') => `
  db.${probe}:
    title: ${probe} is wrong
    when: ${probe}.out == "1"
    severity: ${severity}
    subject: ${probe}
    detail: it says \${${probe}.out}
    evidence: [${probe}]
    resolution: [Mend it]`

const ids = ['unit', 'disk', 'memory', 'login', 'locks']
const db = runbook(
  topic(`probes:
${ids.map((id) => `  ${id}: { title: Look at ${id}, run: look ${id}, timeout: 4s }`).join('\n')}
  log: { title: Read the log, run: read log, needs: unit.out == "0", timeout: 15s }
  swap: { title: Look at swap, run: look swap }
findings:${[...ids, 'log'].map((id) => finding(id)).join('')}
`),
)
const late = silent('timed-out')

describe('a probe that a busy host did not answer in time', () => {
  it('is asked once more, alone and with three times the time, where the verdict hangs on it', async () => {
    const { waves, report } = await examined({ login: [late, '1'] }, db)
    expect(waves.at(-1)).toEqual({ login: 12_000 })
    expect(waves).toHaveLength(3)
    expect(report).toMatchObject({ verdict: 'problem', summary: 'login is wrong', unknown: [] })
  })

  it('is asked again with what waited for it', async () => {
    const { asked, report } = await examined({ unit: [late, '0'], log: '1' }, db)
    expect(asked).toEqual([[...ids, 'swap'], ['unit'], ['log']])
    expect(report.summary).toBe('log is wrong')
  })

  it('is given no more than 20 s, or what its runbook gives it', async () => {
    const { waves } = await examined({ log: [late, '0'] }, db)
    expect(waves.at(-1)).toEqual({ log: 20_000 })
  })

  it('is asked again once and no more', async () => {
    const { waves, report } = await examined({ login: late }, db)
    expect(waves).toHaveLength(3)
    expect(report.verdict).toBe('inconclusive')
    expect(report.unknown.map(({ probe }) => probe)).toEqual(['login'])
  })

  it('is left alone where nothing hangs on it, or where it still runs on the host', async () => {
    expect((await examined({ swap: late }, db)).asked).toEqual([[...ids, 'swap'], ['log']])
    expect((await examined({ login: silent('timed-out', 1) }, db)).asked).toHaveLength(2)
  })

  it('is left alone where a quarter of the others came late too: that host has trouble enough', async () => {
    expect((await examined({ login: late, locks: late }, db)).asked).toHaveLength(2)
  })

  it('is left alone where all came in time', async () => {
    expect((await examined({}, db)).asked).toEqual([[...ids, 'swap'], ['log']])
  })
})
