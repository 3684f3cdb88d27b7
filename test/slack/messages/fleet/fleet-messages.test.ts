import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseContent } from '../../../../playground/slack/state/messages.ts'
import type { FleetHost } from '../../../../src/fleet/runs/fleet-run.ts'
import type { Message } from '../../../../src/slack/message.ts'
import { fleetAnswer } from '../../../../src/slack/messages/fleet/fleet-answer.ts'
import {
  fleetsFullSentence,
  notAllowedSentence,
  tooManyHostsSentence,
} from '../../../../src/slack/messages/fleet/fleet-answers.ts'
import { fleetEnd } from '../../../../src/slack/messages/fleet/fleet-end.ts'
import { fleetPrivateCopy } from '../../../../src/slack/messages/fleet/fleet-private.ts'
import { fleetProgress } from '../../../../src/slack/messages/fleet/fleet-progress.ts'
import { fleetThreadFiles } from '../../../../src/slack/messages/fleet/fleet-thread-files.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { simplified } from '../../../../src/slack/transport/plain-text-fallback.ts'
import { dead, ill, inDoubt, open, stopped, viewOf, waiting, well } from './sample-fleets.ts'

const refusals = ({ text, blocks }: Message): unknown =>
  text === ''
    ? 'no_text'
    : refuseContent({ text, blocks: JSON.parse(JSON.stringify(blocks)) }, new Set(), true)

const names = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, at) => `${name}${at + 1}`)
const apart = {
  ...{ title: 'hosts with “A disk is full”', hosts: 2, peers: 3, group: 'web', more: 3 },
  apart: [
    {
      ...{ area: 'line', object: '/etc/logrotate.d/app', has: '', instead: 'rotate 7\ndaily' },
      ...{ bad: { have: 2, of: 2 }, good: { have: 0, of: 3 } },
    },
    {
      ...{ area: 'package', object: 'libpq5', has: '15.9', instead: '15.8' },
      ...{ bad: { have: 2, of: 2 }, good: { have: 1, of: 3 } },
    },
  ],
}
const six = [well('web1'), ill('web2'), well('web3'), ill('web4'), dead('web5'), well('web6')]

describe('the answer about many hosts', () => {
  it('has the worst first, what is the same, what is well in short, and what sets them apart', () => {
    const answer = fleetAnswer(viewOf(six, { compared: [apart] }))
    expect(answer.text).toBe('🔴 db on production: 2 of 6 hosts in trouble, 1 unreachable')
    expect(toPlain(answer)).toBe(`🔴 db on production: 2 of 6 hosts in trouble, 1 unreachable
The same cause
  • 2 of 6: A disk is full (/var): web2, web4
Host · What is wrong · Figures · Time
🔴 web2 · A disk is full · /var is 100 % used (0 B free of 20 GB) · 1.4 s
🔴 web4 · A disk is full · /var is 100 % used (0 B free of 20 GB) · 1.4 s
⚫ web5 · nothing answers at 10.0.0.15:22; check that the host runs · – · –
🟢 healthy: web1, web3, web6
What sets the 2 hosts with “A disk is full” apart from the 3 healthy ones of web
  • 2 of 2, but 0 of 3 healthy: /etc/logrotate.d/app
    \`- rotate 7\`
    \`- daily\`
  • 2 of 2, but 1 of 3 healthy: package libpq5 is 15.9 (healthy: 15.8)
  • and 3 more, in the file
[Check again] [Check the 3 not well]
asked by @U01ANA · 6 hosts in 4.2 s · fleet F7K3Q`)
    expect(fleetEnd(viewOf(six))?.text).toBe(
      '<@U01ANA> db on production: 2 of 6 hosts in trouble, 1 unreachable; web2, web4: a disk is full',
    )
  })

  it('is short where all of them are well', () => {
    const view = viewOf(names(40, 'web').map(well))
    expect(toPlain(fleetAnswer(view))).toBe(`🟢 db on production: all 40 hosts are healthy
🟢 healthy: ${names(12, 'web').join(', ')} and 28 more
[Check again]
asked by @U01ANA · 40 hosts in 4.2 s · fleet F7K3Q`)
    expect(fleetEnd(view)?.text).toBe('<@U01ANA> db on production: all 40 hosts are healthy')
  })

  it('tells who cancelled it, and calls nobody for what they ended themselves', () => {
    const hosts = [ill('web1'), stopped('web2'), stopped('web3')]
    expect(toPlain(fleetAnswer(viewOf(hosts, { cancelledBy: 'U02BO' })))).toMatch(
      /^🔴 db on production: cancelled, 1 of 3 hosts in trouble, 2 without a verdict\nCancelled by @U02BO\n[\s\S]*⚪ stopped before their verdicts: web2, web3\n/,
    )
    expect(fleetEnd(viewOf(hosts, { cancelledBy: 'U01ANA' }))).toBeNull()
    expect(fleetEnd(viewOf(hosts, { cancelledBy: 'U02BO' }))?.text).toMatch(/cancelled, 1 of 3/)
  })

  it('says while it is under way how far it is, and which hosts it waits for once they are few', () => {
    const under = { endedAt: null, compared: null }
    const early = fleetProgress(
      viewOf([ill('web1'), ...names(4, 'a').map(open), ...names(35, 'h').map(waiting)], under),
    )
    expect(toPlain(early)).toBe(`⏳ db on production: 1 of 40 hosts done, 1 in trouble so far
4 being asked, 35 wait for their turn
  • 🔴 web1: A disk is full
[Cancel]
asked by @U01ANA · 40 hosts · fleet F7K3Q`)
    const late = fleetProgress(viewOf([well('web1'), dead('web3'), open('web2')], under))
    expect(toPlain(late)).toContain('2 of 3 hosts done, 1 unreachable so far\nWaiting for web2\n  • ⚫ web3')
  })

  it('counts warnings apart, and speaks of no files where whoever asked reads it alone', () => {
    const under = { endedAt: null, compared: null }
    const hosts = [ill('web1'), ill('web2', { severity: 'warning' }), open('web3')]
    expect(fleetProgress(viewOf(hosts, under)).text).toContain(
      '2 of 3 hosts done, 1 in trouble, 1 with warnings so far',
    )
    const view = viewOf(
      names(51, 'web').map((host) => ill(host)),
      { compared: [{ ...apart, more: 3 }] },
    )
    expect(toPlain(fleetAnswer(view))).toContain('and 1 more host that is not well, in the file below')
    expect(toPlain(fleetAnswer(view, { hasFiles: false }))).not.toContain('file')
  })

  it('has the worst 50 of hundreds, and the others in the file', () => {
    const long = 'a cause that goes on and on '.repeat(40)
    const bad = names(120, 'a-host-with-a-rather-long-name-').map((host) =>
      ill(host, { title: `${long}${host}`, detail: long.repeat(3) }),
    )
    const view = viewOf([...bad, ...names(380, 'good').map(well)], {
      pattern: 'p'.repeat(300),
      compared: [apart],
    })
    const answer = fleetAnswer(view)
    expect(refusals(answer)).toBeUndefined()
    expect(toPlain(answer).match(/^🔴 a-host/gm)).toHaveLength(50)
    expect(toPlain(answer)).toContain('and 70 more hosts that are not well, in the file below')
    const [csv] = fleetThreadFiles(view)
    expect(csv?.content.split('\n').filter((line) => /^(?:a-host|good)/.test(line))).toHaveLength(500)
  })

  it('shows what a hostile host says as text, and stays within what Slack takes', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3_000 }),
      fc.constantFrom(
        '<!channel> <@U01ANA> *x* `y` <http://evil|ok>',
        '=1+1',
        '\u0000\u2028\n\r\t',
        '',
        '🔥'.repeat(900),
      ),
    )
    const any: fc.Arbitrary<FleetHost> = fc
      .tuple(fc.string({ minLength: 1, maxLength: 250 }), hostile, hostile)
      .chain(([host, title, detail]) =>
        fc.constantFrom(
          ill(host, { title: title || 'x', detail, subject: detail || 'x' }),
          ill(host, { title: 'same', subject: title || 'x', severity: 'warning' }),
          dead(host, title),
          ...[well(host), inDoubt(host), stopped(host), open(host)],
        ),
      )
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 80 }), hostile, (hosts, pattern) => {
        const group = {
          ...apart,
          title: pattern,
          apart: [...apart.apart, ...apart.apart].map((one) => ({ ...one, object: pattern, has: pattern })),
        }
        const view = viewOf(hosts, { pattern, reason: pattern, compared: [group, group, group] })
        const answer = fleetAnswer(view)
        const end = fleetEnd(view)
        const all = [answer, fleetProgress(view), fleetPrivateCopy(view.fleet, answer), ...(end ? [end] : [])]
        for (const message of all) {
          expect(refusals(message)).toBeUndefined()
          expect(refusals(simplified(message, 'rich', new Set(['data_table'])))).toBeUndefined()
          expect(message.text.replace(/^<@U01ANA> /, '')).not.toMatch(/<[@!#h]/)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a refusal', () => {
  it('names what is not allowed, and how to leave it out', () => {
    const asked = { topic: 'db', pattern: 'web*' }
    expect(notAllowedSentence(asked, ['web1', 'web3'], 6)).toBe(
      'You may not diagnose db on 2 of these 6 hosts (web1, web3): nothing was started. Leave them out, such as with `web*:!web1:!web3`. `/debvisor whoami` shows what you may do.',
    )
    expect(notAllowedSentence(asked, names(5, 'web'), 5)).toBe(
      'You may not diagnose db on 5 of these 5 hosts (web1, web2, web3 and 2 more): nothing was started. `/debvisor whoami` shows what you may do.',
    )
  })

  it('says how many are too many', () => {
    expect(tooManyHostsSentence('all', 10_000, 50)).toBe(
      '`all` means 10,000 hosts, and at most 50 may be asked about together here: nothing was started. Name a smaller group, a part such as `all[0:49]`, or use `debvisor diagnose` in the terminal.',
    )
    expect(fleetsFullSentence({ limit: 'user', most: 100, waiting: 60 }, 50)).toBe(
      '60 hosts that you asked about are waiting already, and with these 50 there would be more than 100, the limit for one person: nothing was started. Ask again once fewer wait, or cancel a fleet that you no longer need; `/debvisor status` lists them.',
    )
  })
})
