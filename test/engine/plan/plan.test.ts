import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextWave, type PlannedCommand } from '../../../src/engine/plan/plan.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import { host, record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const db = runbook(
  topic(`parameters:
  unit: { type: unit, default: postgresql.service, description: The unit }
  port: { type: port, default: 5432, description: The port }
  pool: { type: url, default: '', description: Where the pool tells }
probes:
  unit:
    title: Unit
    run: |
      systemctl show {{unit}} {{port}}
    parse: { keyValue: { fields: { ActiveState: string, FragmentPath: string } } }
    timeout: 5s
  listen: { title: Port, privileged: [/usr/bin/ss, -H, 'sport = :{{port}}'] }
  file:
    title: Unit file
    run: cat {{path}}
    needs: unit.installed && unit.fields.ActiveState == "failed"
    values: { path: { type: path, from: unit.fields.FragmentPath } }
  deeper: { title: Deeper, run: deeper, needs: file.ran && file.exit == 1 || listen.exit == 7 }
  pool: { title: Pool, run: 'curl {{pool}}', needs: param.pool != "" }
`),
)
const parameters = { unit: 'a.service', port: 5433, pool: '' }
const planning = { parameters, host }
const wave = (...records: readonly ProbeRecord[]) => nextWave(db, planning, recordsOf(...records))
const ids = (all: readonly { readonly id: string }[]): string[] => all.map(({ id }) => id)
const failed = record('unit', { stdout: 'ActiveState=failed\nFragmentPath=/etc/a.service\n' })
const running = record('unit', { stdout: 'ActiveState=active\nFragmentPath=/etc/a.service\n' })
const listen = record('listen')

describe('the first wave', () => {
  it('is all that needs nothing, with parameters quoted for the shell and as they are for sudo', () => {
    const { commands } = wave()
    expect(commands).toEqual([
      {
        id: 'unit',
        title: 'Unit',
        timeoutMs: 5000,
        kind: 'shell',
        script: "systemctl show 'a.service' '5433'\n",
        text: "systemctl show 'a.service' '5433'",
      },
      {
        id: 'listen',
        title: 'Port',
        timeoutMs: 10_000,
        kind: 'privileged',
        argv: ['/usr/bin/ss', '-H', 'sport = :5433'],
        text: "sudo /usr/bin/ss -H 'sport = :5433'",
      },
    ])
  })

  it('settles at once what parameters decide', () => {
    expect(wave().settled).toEqual([
      { id: 'pool', status: 'skipped', exitCode: null, ms: 0, command: '', stdout: '', stderr: '' },
    ])
    const set = nextWave(db, { ...planning, parameters: { ...parameters, pool: 'http://x' } }, new Map())
    expect(ids(set.commands)).toContain('pool')
  })
})

describe('a later wave', () => {
  const pool = record('pool', { status: 'skipped' })

  it('asks what evidence asks for, with values out of it', () => {
    const { commands, settled } = wave(failed, listen, pool)
    expect(commands.map((command) => command.text)).toEqual(["cat '/etc/a.service'"])
    expect(settled).toEqual([])
  })

  it('skips what is not needed', () => {
    const { commands, settled } = wave(running, listen, pool)
    expect(commands).toEqual([])
    expect(settled.map(({ id, status }) => [id, status])).toEqual([['file', 'skipped']])
    expect(ids(wave(running, listen, pool, record('file', { status: 'skipped' })).settled)).toEqual([
      'deeper',
    ])
  })

  it('does not wait for what cannot change the decision', () => {
    const decided = record('listen', { exitCode: 7 })
    expect(ids(wave(decided, pool).commands)).toEqual(['unit', 'deeper'])
  })

  it('leaves unanswered what hangs on a probe without an answer', () => {
    const silent = record('unit', { status: 'timed-out', exitCode: null })
    expect(wave(silent, listen, pool).settled).toMatchObject([
      {
        id: 'file',
        status: 'unanswered',
        reason: 'whether it is needed is not known: `unit` gave no answer',
      },
    ])
  })

  it.each([
    ['not a path', 'its path, taken from the host, must be an absolute path, not "not a path"'],
    ['-x', 'its path, taken from the host, must be an absolute path, not "-x"'],
    ['', 'its path, taken from the host, must be an absolute path, not ""'],
  ])('puts nothing into a command that its type does not allow: %j', (path, reason) => {
    const odd = record('unit', { stdout: `ActiveState=failed\nFragmentPath=${path}\n` })
    const { commands, settled } = wave(odd, listen, pool)
    expect(commands).toEqual([])
    expect(settled).toMatchObject([{ id: 'file', status: 'unanswered', reason }])
  })

  it('inserts a value once: what looks like a placeholder in it stays text', () => {
    const odd = record('unit', { stdout: 'ActiveState=failed\nFragmentPath=/{{unit}}/$(id)\n' })
    expect(wave(odd, listen, pool).commands[0]?.text).toBe("cat '/{{unit}}/$(id)'")
  })
})

it('ends, with a record for every probe, whatever the host answers', () => {
  const status = fc.constantFrom(
    'answered',
    'not-installed',
    'timed-out',
    'refused',
    'cut',
    'lost',
    'unanswered',
  )
  const answer = fc.record({
    status: status as fc.Arbitrary<ProbeRecord['status']>,
    exitCode: fc.integer({ min: 0, max: 8 }),
    stdout: fc.oneof(fc.string(), fc.constantFrom(failed.stdout, running.stdout)),
  })
  fc.assert(
    fc.property(fc.infiniteStream(answer), (answers) => {
      const records = new Map<string, ProbeRecord>()
      const run = (command: PlannedCommand) => {
        expect(records.has(command.id)).toBe(false)
        records.set(command.id, record(command.id, answers.next().value))
      }
      for (let waves = 0; ; waves++) {
        expect(waves).toBeLessThan(6)
        const { commands, settled } = nextWave(db, planning, records)
        for (const one of settled) records.set(one.id, one)
        for (const command of commands) run(command)
        if (commands.length === 0 && settled.length === 0) break
      }
      expect([...records.keys()].sort()).toEqual([...db.probes.keys()].sort())
    }),
  )
})
