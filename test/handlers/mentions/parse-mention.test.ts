import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KnownNames, named } from '../../../src/handlers/commands/known-names.ts'
import { parseCommand } from '../../../src/handlers/commands/parse-command.ts'
import { namedHosts } from '../../../src/handlers/mentions/named-hosts.ts'
import { readMention } from '../../../src/handlers/mentions/parse-mention.ts'
import type { Host } from '../../../src/inventory/inventory.ts'
import { textOfMessage } from '../../../src/slack/message-text.ts'
import { unwrap } from '../../../src/slack/typed-text.ts'

const BOT = 'U0DEBVISOR'
const at = `<@${BOT}>`
const hosts = new Map(
  ['host1', 'host10', 'web-2.internal', 'Mixed', 'mixed'].map((name) => [name, {} as Host]),
)
const words: KnownNames = {
  topicOf: (word) => (word === 'db' ? 'db' : undefined),
  topicWords: () => ['db'],
  hostOf: (word) => named(hosts, word),
  hostNames: () => [...hosts.keys()],
  groupOf: () => undefined,
  isPattern: () => false,
  fitsHosts: () => false,
}
const parsed = (text: string) => {
  const mention = readMention(text, BOT)
  return mention && parseCommand(unwrap(mention.command), words)
}
const db = { kind: 'diagnose', topic: 'db', host: 'host1' }

describe('a mention', () => {
  it.each([
    `${at} diagnose db host1`,
    `<@${BOT}|debvisor> db host1`,
    `${at}: diagnose db \`host1\``,
    `hey ${at} diagnose db <http://host1|host1>`,
    `${at} ${at} db host1`,
    `${at} db host1\nthanks!`,
    `it is slow again\n${at} db host1\n&gt; CRIT host10 is down`,
    `&gt; ${at} diagnose db host10\n${at} diagnose db host1`,
    `\`${at} db host10\` is what I mean: ${at} db host1`,
  ])('is followed by a command: %s', (text) => {
    expect(parsed(text)).toEqual(db)
  })

  it.each([
    'diagnose db host1',
    `<@U0OTHER> diagnose db host1`,
    `<@${BOT}X> diagnose db host1`,
    `@debvisor diagnose db host1`,
    `\`${at} diagnose db host1\``,
    `\`\`\`\n${at} diagnose db host1\n\`\`\``,
    `&gt; ${at} diagnose db host1`,
    `  > ${at} diagnose db host1`,
    `&gt;&gt;&gt; said\n${at} diagnose db host1`,
    `&lt;@${BOT}&gt; diagnose db host1`,
  ])('is none in code, in what is quoted, or of somebody else: %s', (text) => {
    expect(readMention(text, BOT)).toBeUndefined()
  })

  it('keeps the lines of a comment, and what stands beside any other command', () => {
    expect(parsed(`${at} ticket 12 comment one\ntwo`)).toMatchObject({ act: { text: 'one\ntwo' } })
    expect(readMention(`web-2.internal is slow ${at} diagnose\n\`\`\`CRIT host1\`\`\``, BOT)).toEqual({
      command: ' diagnose',
      beside: 'web-2.internal is slow \n\n```CRIT host1```',
      begins: false,
    })
    expect(readMention(`${at} diagnose \`\`\`CRIT host1\nis down\`\`\``, BOT)?.command).toBe(' diagnose ')
  })

  it('says what the slash command says with the same words', () => {
    const line = fc.string().filter((text) => !/[\n`]/.test(text) && !/^\s*[>&]/.test(text))
    fc.assert(
      fc.property(line, (text) => {
        const typed = text.replace(/[<>]/g, '')
        expect(parsed(`${at} ${typed}`)).toEqual(parseCommand(unwrap(typed), words))
      }),
    )
  })

  it('is what a person wrote, whatever stands in code or quotes around it', () => {
    // Three > quote all that follows, the next lines too.
    const anything = fc.string().map((text) =>
      text
        .replaceAll('`', '')
        .replaceAll('\n', ' ')
        .replace(/^(?:>|&gt;)+/, ''),
    )
    fc.assert(
      fc.property(anything, anything, (before, after) => {
        const hidden = [`\`\`\`${before}${at}${after}\`\`\``, `&gt;${before}${at} ${after}`, `>${after}${at}`]
        for (const text of hidden) expect(readMention(text, BOT)).toBeUndefined()
        for (const text of hidden) expect(parsed(`${text}\n${at} db host1`)).toEqual(db)
      }),
    )
  })
})

describe('the hosts that a text names', () => {
  it.each([
    ['CRIT: host1 is down', ['host1']],
    ['instance="HOST1:9100", job=node', ['host1']],
    ['https://grafana/d/x?var-host=web-2.internal&from=now', ['web-2.internal']],
    ['host10 then host1, and host10 again.', ['host10', 'host1']],
    ['host1.example.net and myhost1 and host1-old', []],
    ['MIXED', []],
    ['mixed', ['mixed']],
    ['__proto__ constructor', []],
  ])('%s', (text, named) => {
    expect(namedHosts({ hosts }, text)).toEqual(named)
  })
})

describe('the text of a message', () => {
  it('is what its readers see of it, wherever that stands', () => {
    const alert = {
      text: 'FIRING &amp; <https://prometheus/x|more>',
      attachments: [
        {
          fallback: 'f',
          pretext: 'p',
          title: 't',
          fields: [{ title: 'Host', value: 'host1' }],
          color: 'danger',
        },
      ],
      blocks: [
        { type: 'header', block_id: 'secret', text: { type: 'plain_text', text: 'HostDown' } },
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'dashboards' }] }],
        },
      ],
      metadata: { event_payload: { run: 'hidden' } },
    }
    for (const word of ['FIRING & more', 'HostDown', 'dashboards', 'Host', 'host1', 'f', 'p', 't'])
      expect(textOfMessage(alert).split('\n')).toContain(word)
    expect(textOfMessage(alert)).not.toMatch(/secret|hidden|danger/)
  })

  it('has an end, whatever somebody sends', () => {
    let deep: unknown = 'deep'
    for (let i = 0; i < 1_000; i++) deep = { elements: [deep] }
    expect(textOfMessage({ blocks: [deep], text: 'x'.repeat(100_000) }).length).toBeLessThanOrEqual(12_100)
    fc.assert(fc.property(fc.anything(), (message) => typeof textOfMessage(message) === 'string'))
  })
})
