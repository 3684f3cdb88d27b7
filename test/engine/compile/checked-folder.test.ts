import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { shippedRunbooks } from '../../../src/cli/set-up.ts'
import * as language from '../../../src/engine/language/expression.ts'
import { keepChecked, loadRunbooks, type Runbook, type Runbooks } from '../../../src/engine/load-runbooks.ts'
import { printProblem } from '../../../src/yaml/problem.ts'

const part = `version: 1
part: disk
description: The disk
probes:
  disk: { title: Disk, script: disk.sh, parse: lines }
facts:
  full: size(disk.lines) > 0
`
const topic = `version: 1
topic: storage
title: Storage
aliases: []
symptoms: [full]
about: []
order: 1
include: [disk]
findings:
  disk.full:
    title: The disk is full
    when: facts.full
    severity: critical
    subject: disk
    detail: it says \${disk.lines[0]}
    evidence: [disk]
    resolution: [Make room.]
`

let root: string
let folder: string
const file = (name: string) => join(folder, name)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'checked-'))
  folder = join(root, 'runbooks')
  mkdirSync(join(folder, 'scripts'), { recursive: true })
  writeFileSync(file('scripts/disk.sh'), 'df /\n')
  writeFileSync(file('disk.yml'), part)
  writeFileSync(file('storage.yml'), topic)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true })
})

function loaded(...folders: string[]): Runbooks {
  const read = loadRunbooks(folders)
  if (!read.ok) throw new Error(read.problems.map(printProblem).join('\n'))
  return read.runbooks
}

/** How many expressions were read, which is what takes time. */
function readsWhile(work: () => void): number {
  const parse = vi.spyOn(Object.getPrototypeOf(language.newEnvironment()), 'parse')
  work()
  const reads = parse.mock.calls.length
  parse.mockRestore()
  return reads
}

it('reads no expression before it is needed', () => {
  expect(keepChecked(folder)).toEqual([])
  let runbooks: Runbooks | undefined
  expect(
    readsWhile(() => {
      runbooks = loaded(folder)
    }),
  ).toBe(0)
  const rule = runbooks?.find('storage')?.findings[0]
  expect(rule?.probes).toEqual(['disk'])
  expect(rule?.when?.type).toBe('bool')
  expect(readsWhile(() => rule?.when?.evaluate({}))).toBe(1)
})

it('says the same as when it is checked', () => {
  const plain = loadRunbooks([shippedRunbooks])
  const copy = join(root, 'shipped')
  cpSync(shippedRunbooks, copy, { recursive: true })
  expect(keepChecked(copy)).toEqual([])
  const checked = loaded(copy)
  if (!plain.ok) throw new Error('the shipped runbooks are wrong')
  expect([...checked.topics.keys()]).toEqual([...plain.runbooks.topics.keys()])
  for (const [name, runbook] of plain.runbooks.topics)
    expect(saidBy(checked.find(name))).toEqual(saidBy(runbook))
}, 60_000)

/** All that does not take a host: names, types and what is read of which. */
const saidBy = (runbook: Runbook | undefined) => ({
  digest: runbook?.digest,
  probes: [...(runbook?.probes.values() ?? [])].map(({ id, run, needs, type }) => [
    id,
    run,
    needs && [needs.type, [...needs.names], [...needs.facts]],
    type.probe.fields,
  ]),
  facts: runbook?.facts.map(({ name, type, probes }) => [name, type, probes]),
  findings: runbook?.findings.map(({ id, title, each, when, probes }) => [
    id,
    title.source,
    title.expressions.map(({ source, type }) => [source, type]),
    each?.type,
    when?.type,
    probes,
  ]),
})

it.each([
  ['a runbook', 'storage.yml'],
  ['what one includes', 'disk.yml'],
  ['a script', 'scripts/disk.sh'],
])('does not count any more where %s was changed', (_, name) => {
  keepChecked(folder)
  appendFileSync(file(name), '# changed\n')
  expect(readsWhile(() => loaded(folder))).toBeGreaterThan(0)
})

it('says where a runbook of the user clashes with it, and checks what it adds', () => {
  keepChecked(folder)
  const own = join(root, 'own')
  mkdirSync(own)
  writeFileSync(join(own, 'mine.yml'), topic.replace('storage', 'mine').replace('facts.full', 'facts.fulll'))
  const read = loadRunbooks([folder, own])
  const said = read.ok ? '' : read.problems.map(printProblem).join('\n')
  expect(said).toContain(`at ${file('storage.yml')}:11:`)
  expect(said).toContain('did you mean `full`?')
  writeFileSync(
    join(own, 'mine.yml'),
    topic.replace('storage', 'mine').replace('Storage', 'Mine').replace('disk.full:', 'mine.full:'),
  )
  expect(
    loaded(folder, own)
      .find('mine')
      ?.findings.map(({ id }) => id),
  ).toEqual(['mine.full'])
})

it('keeps nothing of a folder with a mistake', () => {
  keepChecked(folder)
  writeFileSync(file('storage.yml'), topic.replace('facts.full', 'facts.fulll'))
  expect(keepChecked(folder).map(printProblem).join()).toContain('did you mean `full`?')
  expect(existsSync(file('checked.json'))).toBe(false)
})

it('is read anew where what was kept is no such file', () => {
  for (const broken of ['', '{', '[]', '{"digest":"x","files":[]}']) {
    writeFileSync(file('checked.json'), broken)
    expect(loaded(folder).find('storage')?.findings).toHaveLength(1)
  }
})
