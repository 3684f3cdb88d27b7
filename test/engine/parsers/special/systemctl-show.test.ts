import { expect, it } from 'vitest'
import { systemctlShow } from '../../../../src/engine/parsers/special/systemctl-show.ts'
import { fieldsOf, refusal, rowsOf } from '../parsed.ts'

const failed = `Id=debvisor.service
LoadState=loaded
ActiveState=failed
Result=exit-code
ExecMainCode=1
ExecMainStatus=203
NRestarts=5
NeedDaemonReload=no
ConditionResult=yes
EnvironmentFiles=/etc/default/debvisor (ignore_errors=yes)
EnvironmentFiles=/etc/debvisor/env (ignore_errors=no)
MemoryCurrent=[not set]
TasksMax=infinity
MemoryMax=18446744073709551615
`

it('reads one unit as fields', () => {
  expect(fieldsOf(systemctlShow, failed)).toEqual({
    Id: 'debvisor.service',
    LoadState: 'loaded',
    ActiveState: 'failed',
    Result: 'exit-code',
    ExecMainCode: 1n,
    ExecMainStatus: 203n,
    NRestarts: 5n,
    NeedDaemonReload: false,
    ConditionResult: true,
    EnvironmentFiles: '/etc/default/debvisor (ignore_errors=yes)\n/etc/debvisor/env (ignore_errors=no)',
  })
})

it('reads several units as rows', () => {
  const rows = rowsOf(systemctlShow, `${failed}\nId=nginx.service\nActiveState=active\n`)
  expect(rows.map((row) => [row.Id, row.ActiveState])).toEqual([
    ['debvisor.service', 'failed'],
    ['nginx.service', 'active'],
  ])
})

it('does not understand a host without systemd', () => {
  expect(refusal(systemctlShow, 'System has not been booted with systemd as init system (PID 1).')).toContain(
    'System has not been booted',
  )
})
