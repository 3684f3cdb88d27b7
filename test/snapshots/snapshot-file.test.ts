import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Snapshot } from '../../src/snapshots/snapshot.ts'
import { readBaseline, type SnapshotFile, writeSnapshotFile } from '../../src/snapshots/snapshot-file.ts'

const snapshot: Snapshot = {
  at: 1_795_500_000,
  hostKey: 'SHA256:abc',
  answers: { snapshot_files: ['file\t/etc/hosts\t5\t\troot:root 0644 file', 'end\t\t\t\tfiles'] },
}
const healthy: Omit<SnapshotFile, 'version'> = {
  host: 'web1',
  verdict: 'healthy',
  summary: 'nothing wrong found: 9 causes ruled out',
  snapshot,
}

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'snapshot-'))
  file = path.join(folder, 'web1.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a snapshot in a file', () => {
  it('is read as it was written', () => {
    expect(writeSnapshotFile(file, healthy)).toBeUndefined()
    expect(readBaseline(file, 'web1')).toEqual({ ok: true, snapshot })
    expect(readdirSync(folder)).toEqual(['web1.json'])
  })

  it('is for its owner alone, also where others could read the file that it replaces', () => {
    writeFileSync(file, 'old', { mode: 0o644 })
    writeFileSync(`${file}.new`, 'left by a run that was ended', { mode: 0o644 })
    writeSnapshotFile(file, healthy)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('that cannot be written is told in a sentence', () => {
    const nowhere = path.join(folder, 'none', 'web1.json')
    expect(writeSnapshotFile(nowhere, healthy)).toMatch(
      new RegExp(`^${nowhere} could not be written: ENOENT: .*\\.$`),
    )
  })
})

describe('a file that is not compared with', () => {
  const sentenceFor = (content: string, host = 'web1'): string => {
    writeFileSync(file, content)
    const baseline = readBaseline(file, host)
    return baseline.ok ? 'it is' : baseline.sentence
  }
  const json = (more: object): string => JSON.stringify({ version: 1, ...healthy, ...more })
  const noSnapshot =
    'it is no snapshot; write one with debvisor snapshot HOST --out FILE while the host is well'

  it.each([
    ['broken', json({}).slice(0, -9), 'it is broken (no JSON); take a new snapshot while the host is well'],
    ['empty', '', 'it is broken (no JSON); take a new snapshot while the host is well'],
    ['a list', '[]', noSnapshot],
    ['a number', '7', noSnapshot],
    ['null', 'null', noSnapshot],
    ['of another shape', json({ snapshot: { at: 'noon', answers: {} } }), noSnapshot],
    ['with a key that is not known', json({ extra: 1 }), noSnapshot],
    [
      'of a newer version',
      json({ version: 2, more: true }),
      'a newer debvisor wrote it (version 2, this one reads 1); take a new snapshot',
    ],
    [
      'of another host',
      json({ host: 'web2' }),
      'it is of web2, and not of web1; name a snapshot that was taken of web1',
    ],
    [
      'of a sick host',
      json({ verdict: 'problem', summary: 'PostgreSQL is down' }),
      'web1 was not well when it was taken (problem: PostgreSQL is down); take a new snapshot once it is healthy',
    ],
  ])('is %s, and the sentence names it and says why and what to do', (_, content, why) => {
    expect(sentenceFor(content)).toBe(`${file} is not compared with: ${why}.`)
  })

  it('is not there', () => {
    expect(readBaseline(file, 'web1')).toEqual({
      ok: false,
      sentence: `${file} is not compared with: it is not there; write it with debvisor snapshot HOST --out FILE while the host is well.`,
    })
  })

  it('may not be read', () => {
    expect(readBaseline(folder, 'web1')).toEqual({
      ok: false,
      sentence: `${folder} is not compared with: it cannot be read (EISDIR: illegal operation on a directory, read).`,
    })
  })
})
