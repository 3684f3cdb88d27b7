import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { beforeEnd } from '../../src/engine/parsers/complete-output.ts'
import { argvOf } from '../../src/engine/plan/plan.ts'
import { grantedSteps } from '../../src/engine/plan/render-fix.ts'
import type { Finding } from '../../src/findings/finding.ts'
import { quote } from '../../src/text/quote.ts'
import { type Changes, diagnose, failed, runbooks } from './diagnosis.ts'

/**
 * The fix that gives DebVisor's data folder back, on a real tree: the very commands of its probes look, the verdict
 * offers or not, and the very command of the fix runs. Only root may give files away.
 */

const DAEMON = 1
const SYS = 3
const WWW = 33

let root: string
let data: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'debvisor-data-'))
  chmodSync(root, 0o755)
  data = join(root, 'data')
  mkdirSync(data)
  chmodSync(data, 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const service = runbooks.find('service')
const values = () => new Map(Object.entries({ data, user: 'daemon', group: '' }))

/** A file of root, or of somebody else. */
function file(path: string, { mode = 0o644, owner = 0, group = 0 } = {}): string {
  const at = join(data, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, path)
  chownSync(at, owner, group)
  chmodSync(at, mode)
  return at
}

/** Runs a command as the host would; `mounts` come and go with it. */
function run(argv: readonly string[], mounts = '') {
  const script = `${mounts}\nexec "$@"`
  const words = ['--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', ...argv]
  const { status, stdout, stderr } = spawnSync('unshare', words, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
    maxBuffer: 8 << 20,
  })
  return { status: status ?? -1, stdout, stderr }
}

const answers = (id: string, mounts = '') => {
  const ran = run(argvOf(service?.probes.get(id)?.privileged ?? [], values()), mounts)
  expect(ran.stderr).toBe('')
  return {
    stdout: ran.stdout,
    exitCode: ran.status,
    status: ran.status === 0 ? 'answered' : 'unanswered',
  } as const
}

/** What the verdict says of the folder, by what is really there. */
function look(mounts = ''): Finding | undefined {
  const script = fill(service?.probes.get('data_tree')?.run ?? '', values(), quote)
  const tree = run(['sh', '-c', script], mounts)
  expect(tree.status).toBe(0)
  const changes: Changes = {
    ...failed(
      ['User=daemon', 'Group=daemon'],
      [`00+0000 python3[99]: PermissionError: [Errno 13] Permission denied: '${data}/state'`],
    ),
    ownership: `data\troot\troot\t755\t${data}\n`,
    own_account: 'user=daemon\ngroup=daemon\n',
    foreign_files: answers('foreign_files', mounts),
    kept_files: answers('kept_files', mounts),
    changing_files: answers('changing_files', mounts),
    data_tree: beforeEnd(tree.stdout) ?? '',
  }
  const { findings } = diagnose('service', { changes, variables: { data, user: 'daemon' } })
  return findings.find(({ id }) => id === 'debvisor.wrong-owner')
}

const said = (finding: Finding | undefined): string => finding?.resolution.at(-1) ?? ''

function apply(): void {
  const fix = service?.fixes.get('own-debvisor-folders')
  const [chown] = fix ? grantedSteps(fix, values()) : []
  expect(run(chown?.argv ?? []).stderr).toBe('')
}

const owners = (folder = data): Record<string, string> =>
  Object.fromEntries(
    [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))].map(
      (path) => {
        const { uid, gid, mode } = lstatSync(path)
        return [path, `${uid}:${gid} ${(mode & 0o7777).toString(8)}`]
      },
    ),
  )

describe('the data folder', () => {
  it('is given back to the account of the unit, and nothing else of it or behind a link changes', () => {
    file('state')
    file("a b; rm -rf $HOME `id` 'x'/log")
    file('mine', { owner: DAEMON, group: DAEMON })
    file('shared', { owner: DAEMON, group: WWW, mode: 0o640 })
    file('of root and the web server', { group: WWW, mode: 0o640 })
    symlinkSync('/etc/shadow', join(data, 'link'))
    symlinkSync(root, join(data, 'folder'))
    const shadow = lstatSync('/etc/shadow')
    const outside = lstatSync(root)
    const before = owners()

    const found = look()
    expect(found?.fix).toBe('own-debvisor-folders')
    // Itself, state, a folder with a log, two links.
    expect(found?.touches?.paths).toMatchObject({ count: 6, from: 'root:root', to: 'daemon:daemon' })
    expect(found?.touches?.paths?.first).toHaveLength(5)
    expect(found?.touches?.paths?.first).toContain(data)
    expect(said(found)).toBe(`chown -R --from=root:root daemon: ${data}, then start DebVisor`)

    apply()
    const after = Object.entries(before).map(([path, owner]) => [
      path,
      owner.replace(/^0:0 /, `${DAEMON}:${DAEMON} `),
    ])
    expect(owners()).toEqual(Object.fromEntries(after))
    expect(lstatSync('/etc/shadow')).toMatchObject({ uid: shadow.uid, gid: shadow.gid, mode: shadow.mode })
    expect(lstatSync(root)).toMatchObject({ uid: outside.uid, gid: outside.gid })
  })

  it('may be a disk of its own, with what fsck needs there; a secret that fsck found is one', () => {
    file('state')
    mkdirSync(join(data, 'lost+found'), { mode: 0o700 })
    expect(look()?.touches?.paths?.count).toBe(3)
    file('lost+found/#12', { mode: 0o600 })
    expect(look()?.fix).toBeUndefined()
  })

  it('is counted where it holds ten thousand paths, and where it is closed', () => {
    for (let i = 0; i < 10_000; i += 1) writeFileSync(join(data, `session-${i}`), '', { mode: 0o644 })
    chmodSync(data, 0o700)
    const found = look()
    expect(found?.touches?.paths?.count).toBe(10_001)
    expect(found?.fix).toBe('own-debvisor-folders')
  })

  const inTheWay: readonly [string, () => string | undefined, RegExp][] = [
    [
      'a file of a third account is below',
      () => void file('spool/job', { owner: SYS, group: SYS }),
      /Not all of it: \S+\/spool\/job belongs to sys$/,
    ],
    [
      'a name has a line break in it',
      () => void file('a\nroot root /b', { owner: DAEMON }),
      /Look first: in \S+\/data\/ a name has a control character in it$/,
    ],
    [
      'a file of root has a second name, which may be anywhere',
      () => void linkSync(file('state'), join(root, 'elsewhere')),
      /Look first: \S+\/state is a file that has another name too$/,
    ],
    [
      'root keeps a file for itself',
      () => void file('token', { mode: 0o600 }),
      /Not all of it: root keeps \S+\/token \(mode 600\) for itself$/,
    ],
    [
      'root keeps a folder for itself',
      () => {
        file('private/x')
        chmodSync(join(data, 'private'), 0o700)
        return undefined
      },
      /root keeps \S+\/private \(mode 700\) for itself$/,
    ],
    [
      'a key of root is closed to others',
      () => void file('tls/server.KEY', { mode: 0o640 }),
      /root keeps \S+\/server\.KEY \(mode 640\) for itself$/,
    ],
    [
      'a program there runs as root',
      () => void file('tool', { mode: 0o4755 }),
      /root keeps \S+\/tool \(mode 4755\) for itself$/,
    ],
    [
      'root may run a program there',
      () => void file('hooks/pre.sh', { mode: 0o755 }),
      /root keeps \S+\/pre\.sh \(mode 755\) for itself$/,
    ],
    [
      'a folder is named as one of secrets',
      () => void file('secrets/db.yml', { mode: 0o640 }),
      /root keeps \S+\/secrets\/db\.yml \(mode 640\) for itself$/,
    ],
    [
      'another folder is mounted below, of the same file system',
      () => {
        mkdirSync(join(root, 'other'))
        mkdirSync(join(data, 'in here'))
        return `mount --bind '${root}/other' '${data}/in here'`
      },
      /Not all of it: something else is mounted on \S+\/in here$/,
    ],
    [
      'it is a link to another place',
      () => {
        renameSync(data, join(root, 'srv'))
        symlinkSync(join(root, 'srv'), data)
        return undefined
      },
      /It is a link: what counts is \S+\/srv$/,
    ],
  ]
  it.each(inTheWay)('is not offered where %s: the command is told, and why not', (_, arrange, why) => {
    file('log')
    const found = look(arrange())
    expect(found?.fix).toBeUndefined()
    expect(said(found)).toMatch(why)
    expect(said(found)).toContain(`daemon: ${data}, then start DebVisor`)
  })

  it('changes nothing that came there after we looked and is of somebody else, nor behind a link', () => {
    file('state')
    expect(look()?.fix).toBe('own-debvisor-folders')
    const secret = file('spool/job', { owner: SYS, group: SYS, mode: 0o600 })
    symlinkSync('/etc/shadow', join(data, 'shadow'))
    const shadow = lstatSync('/etc/shadow').uid
    apply()
    expect(lstatSync(secret)).toMatchObject({ uid: SYS, gid: SYS })
    expect(lstatSync('/etc/shadow').uid).toBe(shadow)
  })
})
