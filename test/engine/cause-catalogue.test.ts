import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { catalogue } from '../../src/engine/cause-catalogue.ts'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import { runbooks, topic } from './sample-runbook.ts'

const shared = `version: 1
part: shared
description: Shared
probes:
  disk: { title: Disk, run: df, parse: lines }
fixes:
  tidy: { title: Remove | old files, steps: [[/usr/bin/true]], effect: e, risk: r }
findings:
  host.disk-full:
    title: \${param.mount} <is> full, \${disk.lines.size()} lines
    when: disk.lines.size() > 1
    severity: critical
    subject: disk
    detail: d
    evidence: [disk]
    resolution: ["Free\\nspace"]
    fix: tidy
  db.down:
    title: The database is down
    when: disk.lines.size() > 2
    severity: info
    subject: s
    detail: d
    evidence: [disk]
    resolution: [Start it]
    explainedBy: [host.disk-full]
parameters:
  mount: { type: path, default: /, description: The mount }
`
const text = catalogue(
  runbooks(
    shared,
    topic('include: [shared]'),
    topic('include: [shared]').replace('topic: db', 'topic: other'),
  ).topics.values(),
)

describe('the catalogue of causes', () => {
  it('has each finding once, with all its topics, what explains it, its probes and its fix', () => {
    expect(text).toContain('2 findings in 2 topics')
    expect(text.split('\n').filter((line) => line.startsWith('| `'))).toEqual([
      '| `db.down` | The database is down | notice | `db` `other` | `host.disk-full` | `disk` | Start it |',
      '| `host.disk-full` | ‹mount› &lt;is> full, ‹…› lines | critical | `db` `other` | – | `disk` | Free space<br>**Fix:** Remove \\| old files |',
    ])
  })

  it('is docs/causes.md, as it was committed (else: npm run build && node scripts/causes.mjs)', () => {
    const loaded = loadRunbooks([shippedRunbooks])
    if (!loaded.ok) throw new Error('the shipped runbooks are broken')
    const committed = readFileSync(new URL('../../docs/causes.md', import.meta.url), 'utf8')
    expect(committed).toBe(catalogue(loaded.runbooks.topics.values()))
  })
})
