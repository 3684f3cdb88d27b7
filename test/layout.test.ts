import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

/**
 * The rooms of src/ from the lowest to the highest, and what each may import. A room is the longest name here that begins a file's path;
 * docs/architecture.md says what each is for. A new room is one line.
 */
const rooms: Readonly<Record<string, string>> = {
  async: '',
  text: '',
  yaml: 'text',
  files: '',
  findings: '',
  redact: '',
  http: '',
  ssh: 'async files text',
  traces: '',
  access: 'text yaml',
  config: 'async files yaml',
  inventory: 'ssh text yaml',
  'engine/errors': '',
  'engine/parsers': 'redact text',
  'engine/language': 'engine/errors engine/parsers text',
  'engine/runbook': 'engine/language engine/parsers findings',
  'engine/plan': 'engine/language engine/parsers engine/runbook findings text',
  'engine/sudoers': 'engine/plan engine/runbook',
  'engine/suspects': 'engine/errors findings text',
  'engine/verdict':
    'engine/errors engine/language engine/parsers engine/plan engine/runbook engine/sudoers engine/suspects findings text',
  'engine/compile': 'engine/language engine/parsers engine/runbook engine/verdict text yaml',
  engine: 'engine/compile engine/language engine/parsers engine/runbook findings yaml',
  store: 'redact',
  metrics: 'async ssh store',
  slack: '',
  'slack/transport': 'async slack',
  'slack/directory': 'access async',
  'slack/workspace': 'access async config slack/directory slack/transport',
  snapshots: 'findings',
  runs: 'async engine engine/plan engine/runbook engine/verdict findings inventory metrics redact slack/workspace snapshots ssh store text traces',
  fleet: 'engine/suspects engine/verdict findings snapshots text',
  'fleet/runs': 'fleet inventory runs snapshots store',
  integrations: 'findings runs text',
  alerts: 'access engine integrations inventory redact runs store text',
  watches: 'access async engine findings inventory runs slack/workspace store',
  fixes:
    'async engine engine/plan engine/runbook engine/verdict findings integrations inventory metrics redact runs slack/workspace ssh store text',
  escalation:
    'async findings integrations inventory metrics redact runs slack/transport slack/workspace store text',
  retention: 'escalation store',
  reload: 'config',
  'slack/messages':
    'alerts escalation findings fixes fleet fleet/runs integrations inventory runs slack text watches',
  threads:
    'alerts async engine escalation findings fixes fleet/runs runs slack slack/messages slack/transport slack/workspace store watches',
  handlers:
    'access alerts async config engine escalation fixes fleet fleet/runs http integrations inventory metrics redact runs slack slack/messages slack/transport slack/workspace store text threads watches',
  'jobs.ts': 'alerts escalation fixes redact runs store threads',
  'observe.ts': 'config metrics store traces',
  'parts.ts':
    'access async config engine escalation fixes handlers integrations inventory jobs.ts observe.ts redact slack/workspace store threads',
  'main.ts':
    'async config escalation fleet/runs handlers http jobs.ts observe.ts parts.ts redact reload retention runs slack/workspace store threads watches',
  cli: 'access async config engine engine/plan engine/runbook engine/sudoers engine/verdict escalation findings fixes fleet handlers integrations inventory main.ts redact reload retention runs slack slack/transport snapshots ssh store text watches yaml',
  'cli.ts': 'cli',
}

/** More than that side by side, and a folder needs rooms of its own. */
const MOST_FILES = 17

interface Import {
  readonly from: string
  readonly to: string
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })

const files = filesBelow('src').filter((file) => file.endsWith('.ts'))

const importsOf = (file: string): Import[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport\()\s*'(\.[^']+)'/g)].map(([, path = '']) => ({
    from: file,
    to: normalize(join(dirname(file), path)),
  }))

const imports = files.flatMap(importsOf)

function roomOf(file: string): string | undefined {
  const path = file.replace(/^src\//, '')
  const names = Object.keys(rooms).filter((name) => path === name || path.startsWith(`${name}/`))
  return names.sort((a, b) => b.length - a.length)[0]
}

/** The first circle that is found, or none. */
function circle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (at: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at]
    if (done.has(at)) return undefined
    for (const next of edges.get(at) ?? []) {
      const found = visit(next, [...path, at])
      if (found) return found
    }
    done.add(at)
    return undefined
  }
  for (const start of edges.keys()) {
    const found = visit(start, [])
    if (found) return found
  }
  return undefined
}

describe('the layout of src/', () => {
  test('has a room in the table for every file', () => {
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
  })

  test('imports only what the table allows, and nothing from outside src/', () => {
    const strays = imports.filter(({ from, to }) => {
      const [room = '', other] = [roomOf(from), to.startsWith('src/') ? roomOf(to) : 'outside']
      return other !== room && !rooms[room]?.split(' ').includes(other ?? '')
    })
    expect(strays.map(({ from, to }) => `${from} imports ${to}`)).toEqual([])
  })

  test('has a table without circles', () => {
    expect(
      circle(new Map(Object.entries(rooms).map(([room, may]) => [room, may.split(' ')]))),
    ).toBeUndefined()
  })

  test('has no circle of files', () => {
    const edges = new Map<string, string[]>()
    for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to])
    expect(circle(edges)).toBeUndefined()
  })

  test('allows nothing that no file uses', () => {
    const used = new Set(imports.map(({ from, to }) => `${roomOf(from)} ${roomOf(to)}`))
    const idle = Object.entries(rooms).flatMap(([room, may]) =>
      may
        .split(' ')
        .filter((other) => other && !used.has(`${room} ${other}`))
        .map((other) => `${room} does not import ${other}`),
    )
    expect(idle).toEqual([])
  })

  test('keeps few files side by side', () => {
    const counts = new Map<string, number>()
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([])
  })
})
