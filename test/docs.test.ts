import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildRunbooks } from '../src/engine/load-runbooks.ts'

const read = (path: string): string => readFileSync(path, 'utf8')

const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

/** The pages that people read. CONTRIBUTING.md is one of them once it is there. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'DECISIONS.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'playground/README.md',
  'test/lab/README.md',
  ...markdownIn('docs'),
].filter((page) => existsSync(page))

const withoutCode = (text: string): string => text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')

/** Targets of the links of a page that lead into this repository: [path, anchor]. */
const linksOf = (page: string): [path: string, anchor: string | undefined][] =>
  [...withoutCode(read(page)).matchAll(/(?:\]\(|\bsrc=")([^)"\s]+)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#')
      return [path ? join(dirname(page), path) : page, anchor]
    })

/** As GitHub names the headings of a page. */
const anchorsOf = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Files and folders of this repository that a text names, wherever they stand in it. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w./@-])(?:src|test|docs|playground|schema|scripts)\/[\w./-]*\w/g)].map(
    ([path]) => path,
  )

describe.each(pages)('%s', (page) => {
  test('links to what is there', () => {
    const broken = linksOf(page).filter(
      ([path, anchor]) => !existsSync(path) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
    )
    expect(broken).toEqual([])
  })

  test('names paths that are there', () => {
    expect(pathsIn(read(page)).filter((path) => !existsSync(path))).toEqual([])
  })
})

test('the first runbook of README.md is one that the bot takes', () => {
  const [, text = ''] = /```yaml\n(version: 1\ntopic: [\s\S]*?)```/.exec(read('README.md')) ?? []
  expect(text).not.toBe('')
  // Beside the part that it includes, and not all that ships: that would take seconds. The part names findings of others, which are missing here.
  const built = buildRunbooks([
    { file: 'host.yml', text: read('src/runbooks/shared/host.yml') },
    { file: 'README.md', text },
  ])
  expect(built.ok ? [] : built.problems.filter(({ file }) => file === 'README.md')).toEqual([])
})

test('docs/architecture.md has a sentence on every folder, in the order of test/layout.test.ts', () => {
  const [, table = ''] = /const rooms[^{]*\{([\s\S]*?)\n\}/.exec(read('test/layout.test.ts')) ?? []
  const rooms = [...table.matchAll(/^ {2}'?([\w./]+)'?:/gm)].map(([, room]) => room)
  const [, page = ''] = /\n## The folders\n([\s\S]*?)\n## /.exec(read('docs/architecture.md')) ?? []
  expect([...page.matchAll(/^\| `([\w./]+)` \| .+ \|$/gm)].map(([, room]) => room)).toEqual(rooms)
})

describe('docs/requirements.md', () => {
  const page = read('docs/requirements.md')
  const rows = [...page.matchAll(/^\| ([SR]\d+) \|.*$/gm)].map(([row, code = '']) => ({ code, row }))

  test('names tests by titles that are there', () => {
    const cited = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)`((?:,? “[^”]+”(?: \([^)]*\))?)+)/g)].flatMap(
      ([, file = '', titles = '']) =>
        [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
    )
    expect(cited.length).toBeGreaterThan(rows.length)
    expect(cited.filter(({ file, title }) => !read(file).includes(title))).toEqual([])
  })

  test('has each code once, and a test or a plain no for each', () => {
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length)
    expect(rows.filter(({ row }) => !/\.test\.ts` “|\*\*No control/.test(row))).toEqual([])
  })

  test('explains every code that a comment names', () => {
    const known = new Set(rows.map(({ code }) => code))
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const named = sources.flatMap(
      (name) =>
        read(join('src', name))
          .split('\n')
          .filter((line) => /^\s*(\/\/|\/?\*)/.test(line))
          .join('\n')
          .match(/\b[SR]\d{1,2}\b/g) ?? [],
    )
    expect(named.length).toBeGreaterThan(0)
    expect([...new Set(named)].filter((code) => !known.has(code))).toEqual([])
  })
})
