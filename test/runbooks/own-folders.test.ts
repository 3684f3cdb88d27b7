import { spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { argvOf } from '../../src/engine/plan/plan.ts'
import { quote } from '../../src/text/quote.ts'
import { runbooks } from './diagnosis.ts'
import { evidenceOf, plant, runScript } from './scripts.ts'

/** What decides whether `chown -R` over DebVisor's data folder may be offered, asked of a real folder and of a systemctl that answers. */

const root = mkdtempSync(join(tmpdir(), 'debvisor-own-'))
const data = join(root, 'data')
const asRoot = process.getuid?.() === 0
afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeAll(() => {
  plant(data, { state: '', 'spool/a b': '' })
  symlinkSync('/etc/passwd', join(data, 'link'))
})

/** The very argv that sudo would run. */
function foreign(user: string): { status: number | null; rows: unknown } {
  const words = runbooks.find('service')?.probes.get('foreign_files')?.privileged ?? []
  const [program = '', ...args] = argvOf(words, new Map(Object.entries({ data, user })))
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', env: process.env })
  return { status, rows: evidenceOf('service', 'foreign_files', stdout).rows }
}

describe('files of other accounts', () => {
  it('are none where all is of root and of the service', () => {
    expect(foreign(userInfo().username)).toEqual({ status: 0, rows: [] })
  })

  it('are told by the first that is there', () => {
    // Without root all files are of the user who runs the tests: the third account is that one.
    if (asRoot) chownSync(join(data, 'spool/a b'), 65534, 65534)
    const { status, rows } = foreign('daemon')
    expect(status).toBe(0)
    expect(rows).toEqual([
      asRoot
        ? { why: 'account', owner: 'nobody', path: `${data}/spool/a b` }
        : { why: 'account', owner: userInfo().username, path: data },
    ])
  })

  it('are not known where an account or a folder is not there', () => {
    expect(foreign('nobody-of-that-name').status).not.toBe(0)
    rmSync(data, { recursive: true })
    expect(foreign(asRoot ? 'nobody' : userInfo().username).status).not.toBe(0)
  })
})

describe("the unit's own account", () => {
  const account = (user: string, group: string) => {
    plant(
      root,
      { 'bin/systemctl': `#!/bin/sh\ncase $4 in User) echo '${user}' ;; Group) echo '${group}' ;; esac\n` },
      0o755,
    )
    const script = fill(
      runbooks.find('service')?.probes.get('own_account')?.run ?? '',
      new Map([['unit', 'debvisor']]),
      quote,
    )
    return evidenceOf('service', 'own_account', runScript(script, join(root, 'bin'))).fields
  }

  it.each([
    ['daemon', 'adm', 'daemon', 'adm'],
    ['daemon', '', 'daemon', 'daemon'],
    ['1', '4', 'daemon', 'adm'],
    ['', '', 'root', 'root'],
  ])('User=%s Group=%s is %s:%s', (user, group, resolvedUser, resolvedGroup) => {
    expect(account(user, group)).toEqual({ user: resolvedUser, group: resolvedGroup })
  })

  it('is not known where nobody has that name', () => {
    expect(() => account('nobody-of-that-name', '')).toThrow('exit status 1')
    expect(account('daemon', 'no-such-group')).toEqual({ user: 'daemon', group: '' })
  })
})
