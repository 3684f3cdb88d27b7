import { spawnSync } from 'node:child_process'
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { altered, type Changes, causes, diagnose, finding, since } from './diagnosis.ts'
import { plant, runScript, scriptAfter } from './scripts.ts'

const traceback = [
  '00+0000 python3[99]: ERROR debvisor.api: GET /api/v1/hosts failed',
  '00+0000 python3[99]: Traceback (most recent call last):',
  '00+0000 python3[99]:   File "/opt/debvisor/debvisor/database.py", line 62, in hosts',
  '00+0000 python3[99]: psycopg2.errors.UndefinedColumn: column "status" does not exist',
]
const stale = (module: string): string =>
  `/opt/debvisor/debvisor/__pycache__/${module}.cpython-311.pyc\t/opt/debvisor/debvisor/${module}.py\t40\n`
const fails = (compiled_code: string, more: Changes = {}): Changes => ({
  said: since(traceback),
  said_again: since(traceback),
  http: '/api/health\t500\t9\tapplication/json {}\n',
  paths: '',
  unit_settings: '',
  env_order: '',
  compiled_code,
  ...more,
})

describe('a compiled file that Python does not compare with its source', () => {
  it('is the cause where it is of another text, and its module fails', () => {
    const report = diagnose('db', { changes: fails(stale('database')) })
    expect(causes(report)).toEqual(['debvisor.compiled-stale'])
    expect(finding(report, 'debvisor.compiled-stale')).toMatchObject({
      title: 'Python runs a compiled copy of another text than /opt/debvisor/debvisor/database.py',
      subject: '/opt/debvisor/debvisor/__pycache__/database.cpython-311.pyc',
    })
    expect(finding(report, 'postgresql.schema-wrong').role).toBe('consequence')
  })

  it.each([
    ['is of a module that does not fail', stale('mail'), {}],
    ['has the text of its source', '', {}],
    [
      'is compared all the same, as the unit asks for it',
      stale('database'),
      {
        unit: altered('unit', [
          'ExecStart={ path=/usr/bin/python3 ; argv[]=/usr/bin/python3 --check-hash-based-pycs always /opt/debvisor/app.py ; ignore_errors=no ; pid=725 ; code=(null) ; status=0/0 }',
        ]),
      },
    ],
  ])('is not blamed where it %s', (_, rows, more: Changes) => {
    const report = diagnose('db', { changes: fails(rows, more) })
    expect(report.findings.map(({ id }) => id)).not.toContain('debvisor.compiled-stale')
    expect(causes(report)).toContain('postgresql.schema-wrong')
  })

  it('is not looked for where no module fails', () => {
    expect(diagnose('db').probes.find(({ id }) => id === 'compiled_code')?.status).toBe('skipped')
  })
})

/** Its own Python, which the script looks for by its version. */
function hasPython(): boolean {
  try {
    return /^python3\.\d+$/.test(readlinkSync('/usr/bin/python3'))
  } catch {
    return false
  }
}

it.skipIf(!hasPython())('are found by the hash of the text that they were compiled from', () => {
  const root = mkdtempSync(join(tmpdir(), 'compiled-'))
  const python = (...args: string[]) => spawnSync('/usr/bin/python3', args, { cwd: root, encoding: 'utf8' })
  const files = ['same', 'other', 'checked', 'by_time', 'venv/lib/python3.11/site-packages/pip']
  plant(root, Object.fromEntries(files.map((name) => [`${name}.py`, 'x = 1\n'])))
  const compile = (mode: string, ...names: string[]) =>
    python('-m', 'compileall', '-q', '--invalidation-mode', mode, ...names.map((name) => `${name}.py`))
  compile('unchecked-hash', 'same', 'other', files[4] ?? '')
  compile('checked-hash', 'checked')
  compile('timestamp', 'by_time')
  plant(root, Object.fromEntries(files.slice(1).map((name) => [`${name}.py`, 'x = 2\n'])))
  const { said, said_again, http } = fails('') as Record<string, string>
  const script = scriptAfter('db', 'compiled_code', { said, said_again, http } as Record<string, string>, {
    home: root,
  })
  const [line = '', ...more] = runScript(script).trim().split('\n')
  expect(more).toEqual(['=== end'])
  expect(
    line
      .split('\t')
      .slice(0, 2)
      .map((path) => path.replace(/cpython-3\d+/, 'V')),
  ).toEqual([`${root}/__pycache__/other.V.pyc`, `${root}/other.py`])
  rmSync(root, { recursive: true })
})
