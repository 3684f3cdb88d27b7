import {
  linesOf,
  notUnderstood,
  type Parser,
  type Row,
  type Shape,
  scalar,
  understood,
  type Value,
} from '../parser.ts'

/**
 * `systemctl show -p LoadState,ActiveState,… UNIT…`: `.rows`, one a unit (blank lines part them), and `.fields`, the
 * first unit. Which properties are there is up to -p; "[not set]" and "infinity" are missing. A property that comes
 * several times has its values on several lines. ExecMainCode: 1 exited, 2 killed, 3 dumped core (waitid(2)).
 *
 *     Id=debvisor.service
 *     LoadState=loaded
 *     ActiveState=failed
 *     SubState=failed
 *     Result=exit-code
 *     ExecMainCode=1
 *     ExecMainStatus=203
 *     NRestarts=5
 *     NeedDaemonReload=no
 */
const shape = {
  Id: 'string',
  Names: 'string',
  Description: 'string',
  LoadState: 'string',
  LoadError: 'string',
  ActiveState: 'string',
  SubState: 'string',
  UnitFileState: 'string',
  Result: 'string',
  Type: 'string',
  Restart: 'string',
  FragmentPath: 'string',
  DropInPaths: 'string',
  User: 'string',
  Group: 'string',
  WorkingDirectory: 'string',
  RootDirectory: 'string',
  ExecStart: 'string',
  ExecStartPre: 'string',
  EnvironmentFiles: 'string',
  PIDFile: 'string',
  ControlGroup: 'string',
  Requires: 'string',
  BindsTo: 'string',
  Wants: 'string',
  After: 'string',
  TriggeredBy: 'string',
  InvocationID: 'string',
  StatusText: 'string',
  StateChangeTimestamp: 'string',
  ActiveEnterTimestamp: 'string',
  InactiveEnterTimestamp: 'string',
  ExecMainStartTimestamp: 'string',
  ExecMainExitTimestamp: 'string',
  TimeoutStartUSec: 'string',
  WatchdogUSec: 'string',
  ExecMainCode: 'int',
  ExecMainStatus: 'int',
  ExecMainPID: 'int',
  MainPID: 'int',
  NRestarts: 'int',
  StatusErrno: 'int',
  TasksCurrent: 'int',
  TasksMax: 'int',
  MemoryCurrent: 'int',
  MemoryMax: 'int',
  LimitNOFILE: 'int',
  LimitNOFILESoft: 'int',
  CPUUsageNSec: 'int',
  ActiveEnterTimestampMonotonic: 'int',
  StateChangeTimestampMonotonic: 'int',
  ConditionTimestampMonotonic: 'int',
  StartLimitBurst: 'int',
  /** Seconds since its state changed; scripts of ours add it. */
  Age: 'int',
  /** What it requires and is not up, in words; scripts of ours add it. */
  Lacks: 'string',
  /** How many processes it has, where none of them runs though all live (SIGSTOP, a frozen control group), else 0; a script of ours adds it. */
  Halted: 'int',
  NeedDaemonReload: 'bool',
  ConditionResult: 'bool',
  PrivateNetwork: 'bool',
  AssertResult: 'bool',
} as const satisfies Shape

export const systemctlShow: Parser = {
  gives: { fields: shape, rows: shape },
  parse(text) {
    const rows = blocksOf(text)
      .map(unitOf)
      .filter((row) => Object.keys(row).length > 0)
    const [first] = rows
    if (!first) return notUnderstood('properties of a unit', text)
    return understood({ fields: first, rows })
  },
}

const blocksOf = (text: string): string[] => text.split('\n\n').filter((block) => block.trim() !== '')

function unitOf(block: string): Row {
  const unit: Record<string, Value | undefined> = Object.create(null)
  for (const line of linesOf(block)) {
    const at = line.indexOf('=')
    const key = line.slice(0, Math.max(at, 0))
    if (!Object.hasOwn(shape, key)) continue
    const value = scalar(line.slice(at + 1), shape[key as keyof typeof shape])
    const before = unit[key]
    unit[key] =
      typeof before === 'string' && typeof value === 'string' ? `${before}\n${value}` : (before ?? value)
  }
  return unit
}
