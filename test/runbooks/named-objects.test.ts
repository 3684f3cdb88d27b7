import { describe, expect, it } from 'vitest'
import { causes, diagnose, finding } from './diagnosis.ts'

const nodes = '/var/lib/debvisor/rpc/nodes.json'
const log = (...lines: readonly string[]): string =>
  `now=1795490163 zone=+0000\n${lines.map((line) => `2026-11-24T03:15:58+0000 panel[9]: ${line}\n`).join('')}=== end\n`
const errno = (words: string, path = nodes, level = 'ERROR'): string =>
  log(`${level} panel.api: RPC call nodes.list failed: INTERNAL: [Errno ${words}: '${path}'`)

interface Look {
  readonly path?: string
  readonly state?: string
  readonly at?: string
  readonly kind?: string
  readonly account?: string
  readonly own?: string
  readonly access?: string
  readonly where?: string
  readonly about?: string
  readonly owner?: string
  readonly mount?: string
  readonly full?: string
  readonly named?: string
  readonly hidden?: string
}
const looks = (...all: readonly Look[]): string =>
  all
    .map(({ path = nodes, ...more }) =>
      Object.values({
        path,
        state: 'there',
        at: path,
        kind: 'file',
        account: 'debvisor',
        own: 'yes',
        access: 'write',
        where: path,
        about: 'root:root, mode 600',
        owner: 'root',
        mount: 'rw /',
        full: '-',
        named: '-',
        hidden: '-',
        ...more,
      }).join('\t'),
    )
    .map((line) => `${line}\n`)
    .join('')
    .concat('=== end\n')

const other_units = `Id=debvisor-rpcd.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
Result=success
TriggeredBy=
ExecMainStatus=0
NRestarts=0
ConditionResult=yes
Restart=on-failure
Age=4000
PrivateNetwork=no
DropInPaths=
`

const judged = (said: string, objects: string, kept?: string) =>
  diagnose('service', {
    variables: { services: 'debvisor-rpcd' },
    changes: {
      said,
      other_units,
      named_objects: objects,
      ...(kept === undefined ? {} : { data_contents: kept }),
    },
  })
const denied = errno('13] Permission denied')
const gone = `ERROR panel.api: RPC call nodes.list failed: INTERNAL: [Errno 2] No such file or directory: '${nodes}'`
/** Once it may be a thing that somebody has just deleted, unless a configuration names it. */
const missing = log(gone, gone).replace('03:15:58', '03:15:49')
const panel: Look = { account: 'www-data', access: 'closed', where: '/var/lib/debvisor/rpc', owner: 'rpc' }
const rpcd: Look = { account: 'rpc', own: 'no', access: 'closed' }

describe('a path that a single error names, and that is closed', () => {
  it('to all who run the platform is a cause, told of who comes farthest', () => {
    const report = judged(denied, looks(panel, rpcd))
    expect(report.verdict).toBe('problem')
    expect(causes(report)).toEqual(['debvisor.object-closed'])
    expect(finding(report, 'debvisor.object-closed')).toMatchObject({
      title: `${nodes} is closed to rpc`,
      subject: nodes,
      resolution: [
        expect.stringContaining(`chown rpc: ${nodes}`),
        `See the whole way with: namei -l ${nodes}`,
      ],
      evidence: [
        { probe: 'said', text: expect.stringContaining('Permission denied') },
        { probe: 'named_objects', text: expect.stringContaining('root:root, mode 600') },
      ],
    })
  })

  it('to the process that raises the error is a cause', () => {
    const said = log('ERROR app: failed', `PermissionError: [Errno 13] Permission denied: '${nodes}'`)
    const report = judged(said, looks({ access: 'read' }, { account: 'rpc', own: 'no' }))
    expect(finding(report, 'debvisor.object-closed').title).toBe(`${nodes} may not be written by debvisor`)
  })

  it.each([
    ['is open again', denied, [{ ...panel }, { ...rpcd, access: 'write' }]],
    ['is not known to be closed', denied, [panel, { ...rpcd, access: '?' }]],
    ['is another one for the unit', denied, [{ hidden: 'ProtectHome=yes' }]],
    ['was optional', errno('13] Permission denied', nodes, 'WARNING'), [panel, rpcd]],
    [
      'is none of the platform, which a scanner met',
      errno('13] Permission denied', '/root/x'),
      [{ ...panel, path: '/root/x' }],
    ],
    [
      'is where fsck puts files',
      errno('13] Permission denied', '/var/lib/debvisor/lost+found'),
      [{ ...panel, path: '/var/lib/debvisor/lost+found' }],
    ],
    [
      'is meant for another account of the platform',
      log('ERROR usage: cannot count', `PermissionError: [Errno 13] Permission denied: '${nodes}'`),
      [panel, { ...rpcd, access: 'write' }],
    ],
  ])('is none where it %s', (_, said, objects) => {
    expect(judged(said, looks(...objects))).toMatchObject({ verdict: 'healthy' })
  })
})

describe('a path that was denied several times', () => {
  const again = log(
    ...[1, 2].flatMap(() => [
      `ERROR app: failed`,
      `PermissionError: [Errno 13] Permission denied: '${nodes}'`,
    ]),
  )

  it('is told as the path that is closed, once', () => {
    const report = judged(again, looks({ access: 'closed' }, rpcd))
    expect(causes(report)).toEqual(['debvisor.object-closed'])
    expect(finding(report, 'debvisor.permission-denied').role).toBe('consequence')
  })

  it('stays one where modes let all write it: something else may deny it', () => {
    const report = judged(again, looks({}, { ...rpcd, access: 'write' }))
    expect(causes(report)).toContain('debvisor.permission-denied')
  })

  it('stays one where that is not known', () => {
    const report = judged(again, looks({ access: '?', state: 'unseen' }), '')
    expect(causes(report)).toContain('debvisor.permission-denied')
  })
})

describe('a path behind a folder that is closed to the login', () => {
  const behind = looks(
    { ...panel, state: 'unseen', at: '/var/lib/debvisor/rpc' },
    { ...rpcd, state: 'unseen', at: '/var/lib/debvisor/rpc', access: '?', where: '/var/lib/debvisor/rpc' },
  )

  it('is a cause where root alone may read it', () => {
    const report = judged(denied, behind, `rpc rpc 750 d /var/lib/debvisor/rpc\nroot root 600 f ${nodes}\n`)
    expect(causes(report)).toEqual(['debvisor.object-kept'])
    expect(finding(report, 'debvisor.object-kept')).toMatchObject({
      title: `${nodes} is closed to rpc: root alone may read it`,
      resolution: [expect.stringContaining(`chown rpc: ${nodes}`)],
    })
  })

  it('is none where root keeps something else there', () => {
    expect(judged(denied, behind, 'root root 600 f /var/lib/debvisor/rpc/nodes.json.bak\n')).toMatchObject({
      verdict: 'healthy',
    })
  })

  const listed = 'rpc rpc 755 d /var/lib/debvisor\nrpc rpc 750 d /var/lib/debvisor/rpc\n'
  it('is a likely cause where it is missed and is not there', () => {
    const report = judged(missing, behind, listed)
    expect(causes(report)).toEqual(['debvisor.object-missing'])
    expect(finding(report, 'debvisor.object-missing').title).toBe(`${nodes} is not there`)
  })

  it.each([
    ['is there now', nodes, `${listed}rpc rpc 644 f ${nodes}\n`],
    [
      'is on a file system of its own',
      '/var/lib/debvisor/rpc/x/nodes.json',
      listed,
      'rw /var/lib/debvisor/rpc/x',
    ],
    ['is of a kind that is not listed', '/var/lib/debvisor/rpc/disk.img', listed],
    ['lies deeper than is listed', '/var/lib/debvisor/rpc/a/b/c/d/e.json', listed],
    ['was a temporary one', '/var/lib/debvisor/rpc/cache/x.json', listed],
    ['may be anywhere, for nothing was listed', nodes, ''],
  ])('is none where it %s', (_, path, contents, mount = 'rw /') => {
    const said = errno('2] No such file or directory', path)
    const at = { path, mount, state: 'unseen', at: '/var/lib/debvisor/rpc', where: '/var/lib/debvisor/rpc' }
    const report = judged(said, looks({ ...panel, ...at }, { ...rpcd, ...at, access: '?' }), contents)
    expect(report).toMatchObject({ verdict: 'healthy' })
  })

  it('makes no host inconclusive by itself', () => {
    const report = diagnose('service', {
      variables: { services: 'debvisor-rpcd' },
      changes: {
        said: denied,
        other_units,
        named_objects: behind,
        data_contents: { status: 'refused', exitCode: 1, stdout: '' },
      },
    })
    expect(report.verdict).toBe('healthy')
    expect(report.unknown.map(({ probe }) => probe)).toContain('data_contents')
  })
})

describe('a path that is missing', () => {
  it.each([
    ['itself', {}, `${nodes} is not there`],
    ['with its folder', { at: '/var/lib/debvisor/rpc' }, '/var/lib/debvisor/rpc is not there'],
    [
      'behind a link',
      { state: 'dangling', at: '/var/lib/debvisor/rpc' },
      '/var/lib/debvisor/rpc is a link to nothing',
    ],
  ])('%s is a likely cause', (_, more, title) => {
    const once = judged(log(gone), looks({ state: 'missing', where: '/var/lib/debvisor', ...more }))
    expect(once.findings.map(({ id }) => id)).not.toContain('debvisor.object-missing')
    const report = judged(missing, looks({ state: 'missing', where: '/var/lib/debvisor', ...more }))
    expect(causes(report)).toEqual(['debvisor.object-missing'])
    expect(finding(report, 'debvisor.object-missing')).toMatchObject({ title, confidence: 'likely' })
  })

  it.each([
    ['is there again', nodes, {}],
    ['a job took away', '/var/lib/debvisor/exports/report.csv', { state: 'missing' }],
    ['was a temporary one', '/var/lib/debvisor/rpc/nodes.json.tmp', { state: 'missing' }],
    ['a client asked for', '/api/nodes.json', { state: 'missing', at: '/api' }],
    [
      'the unit has a folder of its own for',
      '/tmp/panel.sock',
      { state: 'missing', hidden: 'PrivateTmp=yes' },
    ],
    ['cannot be seen', nodes, { state: 'unseen', access: '?' }],
  ])('is none that %s', (_, path, more) => {
    const said = errno('2] No such file or directory', path)
    expect(judged(said, looks({ path, ...more }))).toMatchObject({ verdict: 'healthy' })
  })
})

describe('a path that is not what it is taken for', () => {
  it.each([
    ['21] Is a directory', { kind: 'folder' }, 'folder'],
    ['20] Not a directory', { state: 'not a folder', at: '/var/lib/debvisor/rpc' }, 'file'],
    ['40] Too many levels of symbolic links', { state: 'loop' }, 'a circle of links'],
  ])('after "%s" is a cause', (words, more, kind) => {
    const report = judged(errno(words), looks(more))
    expect(causes(report)).toEqual(['debvisor.object-unlike'])
    expect(finding(report, 'debvisor.object-unlike').title).toMatch(new RegExp(`takes it for: ${kind}$`))
  })

  it.each([
    ['21] Is a directory', {}],
    ['20] Not a directory', { kind: 'folder' }],
    ['17] File exists', {}],
  ])('any more after "%s" is none', (words, more) => {
    expect(judged(errno(words), looks(more))).toMatchObject({ verdict: 'healthy' })
  })
})

describe('a path that cannot be written', () => {
  it.each([
    ['30] Read-only file system', { mount: 'ro /srv' }, '/srv is mounted read-only'],
    ['28] No space left on device', { mount: 'rw /srv', full: 'inodes' }, '/srv is full'],
  ])('for "%s", which is so still, is a cause', (words, more, title) => {
    const report = judged(errno(words, '/srv/iso/x.iso'), looks({ path: '/srv/iso/x.iso', ...more }))
    expect(causes(report)).toEqual(['debvisor.object-unwritable'])
    expect(finding(report, 'debvisor.object-unwritable').title).toContain(title)
  })

  it.each(['30] Read-only file system', '28] No space left on device'])(
    'for "%s", which is over, is none',
    (words) => {
      expect(judged(errno(words, '/srv/iso/x.iso'), looks({ path: '/srv/iso/x.iso' }))).toMatchObject({
        verdict: 'healthy',
      })
    },
  )
})
