import type { KnownBlock } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkBlocks } from '../../../../playground/slack/blocks/check.ts'
import { refuseContent } from '../../../../playground/slack/state/messages.ts'
import type { Fix, FixState } from '../../../../src/fixes/fix-store.ts'
import {
  askedNotice,
  fixLoading,
  fixModal,
  fixNotice,
  readFixForm,
} from '../../../../src/slack/messages/fix/fix-form.ts'
import { fixMessage } from '../../../../src/slack/messages/fix/fix-message.ts'
import type { FixView } from '../../../../src/slack/messages/fix/fix-view.ts'
import { verdictMessage } from '../../../../src/slack/messages/run/verdict-message.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { diskReport, run, view } from '../sample-views.ts'

const at = new Date('2026-11-05T14:02:11Z')
const fix = (parts: Partial<Fix> = {}): Fix => ({
  id: 'f0000000-0000-4000-8000-000000000001',
  team: 'T1',
  runId: 'r',
  finding: 'postgresql.stopped',
  subject: 'postgresql@15-main.service',
  fix: 'restart-postgresql',
  topic: 'db',
  host: 'host1',
  production: true,
  runbookDigest: 'd',
  hostKey: 'SHA256:x',
  steps: [
    { as: 'root', argv: ['systemctl', 'restart', 'x'], text: 'sudo systemctl restart x', timeoutMs: 1 },
  ],
  title: 'Restart PostgreSQL',
  effect: 'It starts again',
  risk: 'Clients lose their connections',
  settleMs: 0,
  touches: null,
  state: 'awaiting-approval',
  requester: 'U01ANA',
  approver: null,
  decliner: null,
  epoch: 0,
  begun: 0,
  results: [],
  reason: null,
  recheck: null,
  createdAt: at,
  expiresAt: at,
  requestedAt: at,
  decidedAt: null,
  startedAt: null,
  endedAt: null,
  ...parts,
})
const shown = (parts: Partial<Fix>, more: Partial<FixView> = {}): string =>
  toPlain(fixMessage({ fix: fix(parts), ...more }))
const healthy = run({
  report: diskReport({ verdict: 'healthy', findings: [], summary: 'nothing wrong found' }),
})

it('the form that was sent, and sent again, says when the time for an approval ends', () => {
  const waits = fix({ expiresAt: new Date('2026-11-05T14:17:11Z') })
  for (const before of [false, true]) {
    const blocks = askedNotice(waits, { before }).blocks as KnownBlock[]
    expect(toPlain({ text: '', blocks })).toContain('has until 2026-11-05 14:17 UTC to click Approve')
  }
})

describe('the message of a fix', () => {
  it('says on a lock screen what is wanted of the reader', () => {
    expect(fixMessage({ fix: fix() }).text).toBe(
      '🔧 Restart PostgreSQL on host1: waits for approval: <@U01ANA> needs somebody else to approve it',
    )
    expect(fixMessage({ fix: fix({ state: 'running' }) }).text).toBe(
      '⏳ Restart PostgreSQL on host1: runs now',
    )
  })

  it('asks for a second person, with the exact command, what is expected and what may go wrong', () => {
    expect(shown({})).toBe(
      [
        '🔧 Restart PostgreSQL on host1: waits for approval',
        'asked for by @U01ANA · 2026-11-05 14:02 UTC',
        'host1 is in production: somebody else has to approve these very commands until 2026-11-05 14:02 UTC',
        '    $ sudo systemctl restart x',
        'Expected: It starts again',
        'Risk: Clients lose their connections',
        '[Approve] [Do not run]',
      ].join('\n'),
    )
  })

  it('tells whoever approves as which login it runs', () => {
    const steps = fix().steps.map((step) => ({ ...step, login: 'debvisor-fix' }))
    expect(shown({ steps })).toContain('It logs in as debvisor-fix.')
  })

  it('tells who approved, what ran, and what came of it; used buttons are gone', () => {
    const text = shown(
      { state: 'succeeded', approver: 'U02BO', decidedAt: at },
      { recheck: healthy, comparison: { kind: 'resolved' } },
    )
    expect(text).toMatch(/^✅ Restart PostgreSQL on host1: ran · resolved\n/)
    expect(text).toContain('approved by @U02BO')
    expect(text).toContain('Before: postgresql.stopped (postgresql@15-main.service)\nAfter: 🟢 db on host1')
    expect(text).not.toMatch(/\[\w/)
  })

  it.each<[FixState, RegExp]>([
    ['approved', /approved, not begun yet/],
    ['running', /runs now/],
    ['failed', /failed/],
    ['refused', /declined, nothing was run/],
    ['expired', /not approved in time, nothing was run/],
    ['void', /void, nothing was run/],
  ])('that is %s says so, and has no button', (state, words) => {
    expect(shown({ state })).toMatch(words)
    expect(shown({ state })).not.toMatch(/\[\w/)
  })

  it('that whoever asked took back says so, and that nothing was run', () => {
    const text = shown({ state: 'refused', decliner: 'U01ANA', decidedAt: at })
    expect(text).toMatch(/^🚫 Restart PostgreSQL on host1: withdrawn, nothing was run\n/)
    expect(text).toMatch(/asked for by @U01ANA.*, withdrawn by @U01ANA/)
    expect(text).not.toContain('declined')
  })

  it('of which nobody knows asks once the re-check has looked, and offers again only what is still offered', () => {
    const state = 'unknown'
    expect(shown({ state })).not.toMatch(/\[\w/)
    const looked = { recheck: healthy, comparison: { kind: 'not-resolved', causes: [] } } as const
    expect(shown({ state }, looked)).toContain('[Check again]')
    expect(shown({ state }, looked)).not.toContain('[Apply again]')
    expect(shown({ state }, { ...looked, again: true })).toContain('[Check again] [Apply again]')
  })
})

describe('what a fix touches', () => {
  const seenAt = '2026-11-05T13:58:11Z'
  const paths = {
    count: 10_002,
    first: ['/var/lib/app', '/var/lib/app/a b; rm -rf $HOME'],
    from: 'root:root',
    to: 'app:app',
  }
  const form = (touches: Fix['touches']): string =>
    toPlain({ text: '', blocks: fixModal([fix({ touches })], 'x').blocks as never })

  it('is the same in the form and for whoever approves: how many paths, the first of them, who they go to, how old that is', () => {
    const touches = {
      seenAt,
      paths,
      others: ['rpc.service, which is stopped and started with it', 'the site x'],
    }
    const said = [
      'Changes 10002 paths from root:root to app:app, seen 4 min before the form opened, at 2026-11-05 13:58 UTC',
      '    /var/lib/app',
      '    /var/lib/app/a b; rm -rf $HOME',
      '    … and 10000 more',
      'Also concerns: rpc.service, which is stopped and started with it; the site x',
    ].join('\n')
    expect(form(touches)).toContain(said)
    expect(shown({ touches })).toContain(said)
  })

  it('is told where it could not be seen', () => {
    const touches = { seenAt, paths: { ...paths, first: [] }, others: null }
    expect(form(touches)).toContain(
      '\n    their names could not be read\nWhom else it concerns could not be seen',
    )
  })

  it('is no word where it is nothing, or was asked for before anybody wrote it down', () => {
    expect(form({ seenAt, others: [] })).toBe(form(null))
  })

  it('is not longer than people read', () => {
    const others = Array.from({ length: 9 }, (_, i) => `site ${i}`)
    expect(form({ seenAt, others })).toContain(
      'Also concerns: site 0; site 1; site 2; site 3; site 4; site 5; and 3 more',
    )
  })
})

describe('the message of a run', () => {
  const problem = run({ report: diskReport() })

  it('has one button for what its causes offer', () => {
    const text = toPlain(verdictMessage(view(problem, { fixes: { asked: [], offer: 'offered' } })))
    expect(text).toContain('[Apply fix] [Check again]')
  })

  it('has no word of fixes where the host has no login for them: the thread says so beside the fix', () => {
    const offer = { sentence: 'Fixes are not configured for host1: set `fixes.user`.' }
    const text = toPlain(verdictMessage(view(problem, { fixes: { asked: [], offer } })))
    expect(text).not.toContain('[Apply fix]')
    expect(text).not.toContain('Fixes are not configured')
  })

  it('has a line for each fix that was asked for', () => {
    const fixes = { asked: [{ fix: fix({ state: 'refused', decliner: 'U02BO' }) }] }
    expect(toPlain(verdictMessage(view(problem, { fixes })))).toMatch(
      /🚫 Restart PostgreSQL on host1: declined, nothing was run · asked for by @U01ANA.*declined by @U02BO/,
    )
  })
})

describe('the form', () => {
  it('says that production waits for a second person, and elsewhere that it runs at once', () => {
    expect(fixModal([fix()], 'debvisor-fix').submit?.text).toBe('Ask for approval')
    expect(fixModal([fix({ production: false })], 'debvisor-fix').submit?.text).toBe('Apply')
  })

  it('carries the id of what it shows, and where there are several, of the one that is chosen', () => {
    const [first, second] = [
      fix(),
      fix({ id: 'f0000000-0000-4000-8000-000000000002', title: 'Restart nginx' }),
    ]
    expect(fixModal([first], 'x').private_metadata).toBe(first.id)
    expect(readFixForm({ private_metadata: first.id, state: { values: {} } })).toBe(first.id)
    const values = { fix: { value: { selected_option: { value: second.id } } } }
    expect(readFixForm({ private_metadata: first.id, state: { values } })).toBe(second.id)
    expect(JSON.stringify(fixModal([first, second], 'x').blocks)).toContain(second.id)
  })
})

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('', '<!channel> <@U01ANA>', '"'.repeat(4_000), '\n\n', '`x` *b*'),
)
const anyFix: fc.Arbitrary<Fix> = fc
  .record({
    title: nasty,
    effect: nasty,
    risk: nasty,
    subject: nasty,
    reason: fc.option(nasty),
    host: nasty,
    production: fc.boolean(),
    state: fc.constantFrom<FixState>(
      'awaiting-approval',
      'running',
      'succeeded',
      'failed',
      'unknown',
      'void',
    ),
    texts: fc.array(nasty, { minLength: 1, maxLength: 5 }),
    outputs: fc.array(nasty, { maxLength: 5 }),
    touches: fc.option(
      fc.record({
        seenAt: fc.constant('2026-11-05T13:58:00Z'),
        paths: fc.record({
          count: fc.nat(),
          first: fc.array(nasty, { maxLength: 5 }),
          from: nasty,
          to: nasty,
        }),
        others: fc.option(fc.array(nasty, { maxLength: 40 })),
      }),
    ),
  })
  .map(({ texts, outputs, ...parts }) =>
    fix({
      ...parts,
      steps: texts.map((text) => ({ as: 'root', argv: ['x'], text, timeoutMs: 1 })),
      results: outputs.map((stdout, i) => ({
        id: `step${i + 1}`,
        status: 'answered',
        exitCode: 0,
        ms: 1,
        command: 'x',
        stdout,
        stderr: '',
      })),
    }),
  )

it('fits what Slack takes, whatever stands in it', () => {
  const none: ReadonlySet<string> = new Set()
  const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
  fc.assert(
    fc.property(fc.array(anyFix, { minLength: 1, maxLength: 3 }), (fixes) => {
      for (const one of fixes) {
        const { text, blocks } = fixMessage({ fix: one, recheck: healthy, comparison: { kind: 'resolved' } })
        expect(refuseContent({ text, blocks: plain(blocks) }, none, true)).toBeUndefined()
      }
      const distinct = fixes.map((one, i) => ({ ...one, id: `${one.id}${i}` }))
      for (const form of [fixModal(distinct, 'debvisor-fix'), fixLoading(), fixNotice(fixes[0]?.risk ?? '')])
        expect(checkBlocks('modal', plain(form.blocks), none, '/view/blocks')).toEqual([])
    }),
    { numRuns: 150 },
  )
})
