import { describe, expect, it } from 'vitest'
import { discoverParameters } from '../../../src/engine/plan/discovery.ts'
import { firstCommands } from '../../../src/engine/plan/plan.ts'
import { record, recordsOf, runbook, topic } from '../sample-runbook.ts'

const panel = runbook(
  topic(`parameters:
  unit: { type: unit, default: debvisor, from: found.fields.unit, description: The unit }
  port: { type: port, default: 8080, from: found.fields.port, description: The port }
  tls: { type: boolean, default: false, from: found.fields.tls, description: Whether it speaks TLS }
  data: { type: path, default: /var/lib, description: Its data }
  known: { type: boolean, default: true, from: found.installed, lost: false, description: Whether it was found out }
probes:
  found:
    title: What is there
    first: true
    run: look {{unit}} {{port}}
    parse: { keyValue: { fields: { unit: string, port: string, tls: string } } }
  disk: { title: Disk, run: 'df {{data}}' }
`),
)
const found = (stdout: string) => recordsOf(record('found', { stdout }))
const on = (variables: Record<string, unknown>, stdout: string) => {
  const parameters = discoverParameters(panel, variables, found(stdout))
  if (!parameters.ok) throw new Error(parameters.problems.join('\n'))
  return parameters.values
}

describe('what the probes that are asked first found', () => {
  it('is asked with what the inventory says, else with the first guess', () => {
    const parameters = { unit: 'debvisor', port: 9000, data: '/srv' }
    const commands = firstCommands(panel, { parameters })
    expect(commands.map(({ text }) => text)).toEqual(["look 'debvisor' '9000'"])
  })

  it('is the value of a parameter that the inventory does not set', () => {
    expect(on({}, 'unit=debvisor-panel\nport=8443\ntls=true\n')).toEqual({
      unit: 'debvisor-panel',
      port: 8443,
      tls: true,
      data: '/var/lib',
      known: true,
    })
  })

  it('never overrides the inventory', () => {
    expect(on({ unit: 'web', port: 9000 }, 'unit=debvisor-panel\nport=8443\ntls=true\n')).toMatchObject({
      unit: 'web',
      port: 9000,
      tls: true,
    })
  })

  it.each([
    ['is empty', 'unit=\nport=\ntls=\n'],
    ['would be an option of a command', 'unit=--now\nport=-1\ntls=maybe\n'],
    ['has characters of a shell', 'unit=debvisor;$(reboot)\nport=`id`\ntls=$TLS\n'],
    ['does not fit its type', 'unit=a b\nport=70000\ntls=1\n'],
    ['is missing', 'unit_of=x\n'],
  ])('leaves the default where it %s', (_, stdout) => {
    expect(on({}, stdout)).toMatchObject({ unit: 'debvisor', port: 8080, tls: false })
  })

  it('leaves the default where nobody could look', () => {
    const lost = recordsOf(record('found', { status: 'unanswered', reason: 'the connection was lost' }))
    for (const records of [lost, new Map()])
      expect(discoverParameters(panel, {}, records)).toMatchObject({
        values: { unit: 'debvisor', port: 8080 },
      })
  })

  it('says so where it was asked and did not answer, and nothing where it was not asked', () => {
    const lost = recordsOf(record('found', { status: 'timed-out', reason: 'time-out' }))
    expect(discoverParameters(panel, {}, lost)).toMatchObject({ values: { known: false } })
    expect(discoverParameters(panel, {}, new Map())).toMatchObject({ values: { known: true } })
  })

  it('does not hide a variable that is wrong', () => {
    expect(discoverParameters(panel, { port: 'http' }, found('port=8443\n'))).toEqual({
      ok: false,
      problems: ['the host variable `port` must be a port, 1 to 65535, not "http"'],
    })
  })
})
