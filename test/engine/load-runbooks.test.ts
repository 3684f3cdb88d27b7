import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildRunbooks, loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { problems, runbook, runbooks, topic } from './sample-runbook.ts'

/** Each file has one kind of mistake and, in comments that start with `#: `, what is said of it. */
const folder = path.join(import.meta.dirname, 'invalid')

describe('a mistake in a file', () => {
  it.each(readdirSync(folder))('%s', (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8')
    const expected = text
      .split('\n')
      .filter((line) => line.startsWith('#: '))
      .map((line) => (/^#: \d/.test(line) ? `${file}:${line.slice(3)}` : line.slice(3)))
    const built = buildRunbooks([{ file, text }], { guards: true })
    if (built.ok) throw new Error('nothing was said of it')
    expect(built.problems.map(printProblem).join('\n')).toBe(expected.join('\n'))
  })

  it('that YAML cannot read is told with its place', () => {
    expect(problems(topic('probes: { disk: { title: "Disk }\n'))).toEqual([
      '0.yml:5:26 this " is never closed; add the closing "',
    ])
  })

  it('does not hide those of other files', () => {
    const places = problems('version: 2\n', topic('aliases: x\n'), topic('order: y\n'))
    expect(places.map((line) => line.split(' ')[0])).toEqual([
      '0.yml:1:1',
      '1.yml:5:10',
      '2.yml:2:8',
      '2.yml:5:8',
    ])
    const wrong = topic('facts: { f: nope.exit }\n')
    const lacking = topic('include: [host]\n').replace('topic: db', 'topic: web')
    expect(problems('version: [', wrong, lacking).map((line) => line.split(' ')[0])).toEqual([
      '0.yml:1:11',
      '1.yml:5:13',
    ])
  })
})

const host = `version: 1
part: host
description: The machine
probes:
  disk: { title: Disk, run: df, parse: lines }
facts:
  full: disk.exit == 1
fixes:
  clean: { title: Clean, steps: [[/bin/true]], effect: e, risk: r }
findings:
  host.disk-full:
${body('facts.full', '')}`

function body(when: string, more: string): string {
  return `    when: ${when}
    title: x
    severity: critical
    subject: x
    detail: x
    evidence: [disk]
    resolution: [x]
${more}`
}

describe('files that belong together', () => {
  it('give a topic the names of what it includes, lower layers first', () => {
    const down = `findings:\n  down:\n${body('facts.full && other.exit == 1', '    explainedBy: [host.disk-full]\n    fix: clean\n')}`
    const db = runbook(topic(`include: [host]\nprobes:\n  other: { title: Other, run: x }\n${down}`), host)
    expect([...db.probes.keys()]).toEqual(['disk', 'other'])
    expect(db.findings.map((rule) => [rule.id, rule.distance, rule.probes])).toEqual([
      ['host.disk-full', 1, ['disk']],
      ['down', 0, ['disk', 'other']],
    ])
    expect(db.findings[1]?.explainedBy).toEqual(['host.disk-full'])
    expect([...db.fixes.keys()]).toEqual(['clean'])
  })

  it('may name an explanation that only other topics have: they may be asked too', () => {
    const down = `findings:\n  down:\n${body('disk.exit == 1', '    explainedBy: [host.disk-full]\n')}`
    const db = runbook(topic(`probes:\n  disk: { title: Disk, run: df }\n${down}`), host)
    expect(db.findings.map((rule) => rule.explainedBy)).toEqual([['host.disk-full']])
  })

  it('are each complete: a part may not use what only its includer has', () => {
    const part = `version: 1\npart: p\ndescription: d\nfacts: { f: other.exit == 1 }\n`
    const found = problems(topic('include: [p]\nprobes:\n  other: { title: Other, run: x }\n'), part)
    expect(found.map((line) => line.split('\n')[0])).toEqual(['1.yml:4:13 facts.f: no probe gives `other`'])
  })

  it('say once what is wrong in a part that many include', () => {
    const bad = host.replace('facts.full\n', 'facts.ful\n')
    const one = topic('include: [host]\n')
    const two = one.replace('topic: db', 'topic: web')
    expect(problems(one, two, bad)).toHaveLength(1)
  })

  it('include each part once, whichever way', () => {
    const left = `version: 1\npart: left\ndescription: d\ninclude: [host]\n`
    const right = left.replace('left', 'right')
    const db = runbook(topic('include: [left, right, host]\n'), left, right, host)
    expect([...db.probes.keys()]).toEqual(['disk'])
  })

  it('may not include each other in a circle', () => {
    const one = `version: 1\npart: one\ndescription: d\ninclude: [two]\n`
    const two = `version: 1\npart: two\ndescription: d\ninclude: [one]\n`
    expect(problems(one, two)).toEqual([
      '0.yml:4:11 include[0]: parts include each other in a circle: two → one → two',
      '1.yml:4:11 include[0]: parts include each other in a circle: one → two → one',
    ])
    expect(problems(one.replace('[two]', '[one]'))).toEqual(['0.yml:4:11 include[0]: `one` includes itself'])
  })

  it('may not give one name to two things; both places are told', () => {
    const db = topic(
      'include: [host]\naliases: [postgres]\nprobes:\n  disk: { title: Disk, run: df }\nfacts: { full: "true" }\n',
    )
    const other = topic('aliases: [db]\n').replace('topic: db', 'topic: postgres')
    expect(problems(db, other, host).sort()).toEqual(
      [
        '0.yml:8:9 probes.disk: the probe `disk` is there already, at 2.yml:5:9; rename one',
        '0.yml:9:16 facts.full: the fact `full` is there already, at 2.yml:7:9; rename one',
        '1.yml:2:8 topic: the topic or alias `postgres` is there already, at 0.yml:6:11; rename one',
        '1.yml:5:11 aliases[0]: the topic or alias `db` is there already, at 0.yml:2:8; rename one',
      ].sort(),
    )
    const [alarmed, also] = [
      topic('alerts: [HighCpu]\n'),
      topic('alerts: [HighCpu]\n').replace('topic: db', 'topic: cpu'),
    ]
    expect(problems(alarmed, also)).toEqual([
      '1.yml:5:10 alerts[0]: the alert `HighCpu` is there already, at 0.yml:5:10; remove one',
    ])
    const finding = `findings:\n  host.disk-full:\n${body('disk.exit == 0', '')}`
    expect(problems(topic(`probes:\n  disk: { title: D, run: df }\n${finding}`), host)).toEqual([
      '1.yml:12:5 findings.host.disk-full: the finding `host.disk-full` is there already, at 0.yml:9:5; rename one',
    ])
    expect(problems(host, host)).toContain(
      '1.yml:2:7 part: the part `host` is there already, at 0.yml:2:7; rename one',
    )
  })
})

describe('runbooks', () => {
  it('are found by name and alias, and listed in their order', () => {
    const web = topic('aliases: [ws]\norder: 2\n').replace('topic: db', 'topic: websocket')
    const all = runbooks(topic('aliases: [database, postgres]\norder: 3\n'), web)
    expect([...all.topics.keys()]).toEqual(['websocket', 'db'])
    expect(all.find('postgres')?.topic).toBe('db')
    expect(all.find('ws')?.topic).toBe('websocket')
    expect(all.find('constructor')).toBeUndefined()
    expect(all.names()).toEqual(['websocket', 'ws', 'db', 'database', 'postgres'])
  })

  it('have a digest of what they say, in all their files, and not of how it is laid out', () => {
    const one = runbook(topic('include: [host]\n'), host).digest
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(runbook(topic('# a comment\ninclude:\n  - host\n'), host).digest).toBe(one)
    expect(runbook(topic('include: [host]\n'), host.replace('exit == 1', 'exit == 2')).digest).not.toBe(one)
    expect(runbook(topic('\n')).digest).not.toBe(one)
  })
})

describe('files that were loaded before', () => {
  const web = topic('include: [host]\n').replace('topic: db', 'topic: web')
  const stricter = host.replace('exit == 1', 'exit == 2')
  const builtOf = (...texts: string[]) => {
    const built = buildRunbooks(texts.map((text, at) => ({ file: `again-${at}.yml`, text })))
    if (!built.ok) throw new Error(built.problems.map(printProblem).join('\n'))
    return built.runbooks
  }
  const conditionOf = (built: ReturnType<typeof builtOf>) => built.topics.get('web')?.findings[0]?.when
  const factOf = (built: ReturnType<typeof builtOf>) => built.topics.get('web')?.facts[0]?.expression?.source

  it('are not compiled again, whatever else is loaded', () => {
    const condition = conditionOf(builtOf(web, host))
    expect(condition?.source).toBe('facts.full')
    expect(conditionOf(builtOf(web, host, topic('\n')))).toBe(condition)
  })

  it('are compiled again where their text or that of an included file changed', () => {
    const before = builtOf(web, host)
    const after = builtOf(web, stricter)
    expect([factOf(before), factOf(after)]).toEqual(['disk.exit == 1', 'disk.exit == 2'])
    expect(after.topics.get('web')?.digest).not.toBe(before.topics.get('web')?.digest)
    expect(factOf(builtOf(web, host))).toBe('disk.exit == 1')
  })
})

describe('folders', () => {
  it('are read with all that is below them, users after the built-in one, and every problem is told', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'runbooks-'))
    try {
      mkdirSync(path.join(root, 'built-in', 'shared'), { recursive: true })
      mkdirSync(path.join(root, 'own'))
      writeFileSync(path.join(root, 'built-in', 'shared', 'host.yml'), host)
      writeFileSync(path.join(root, 'built-in', 'notes.txt'), 'not: [a runbook')
      writeFileSync(path.join(root, 'own', 'db.yaml'), topic('include: [host]\n'))
      const folders = [path.join(root, 'built-in'), path.join(root, 'own')]
      const loaded = loadRunbooks(folders)
      expect(loaded.ok && [...loaded.runbooks.topics.keys()]).toEqual(['db'])

      writeFileSync(path.join(root, 'own', 'a.yml'), 'version: 1\n')
      writeFileSync(path.join(root, 'own', 'b.yml'), 'version: [1\n')
      const broken = loadRunbooks([...folders, path.join(root, 'gone')])
      const files = broken.ok ? [] : broken.problems.map(({ file }) => path.relative(root, file))
      expect(files).toEqual(['gone', path.join('own', 'a.yml'), path.join('own', 'b.yml')])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
