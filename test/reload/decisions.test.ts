import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { decidedKeys, mergeConfig } from '../../src/reload/decisions.ts'

const folder = mkdtempSync(join(tmpdir(), 'reload-'))
const loaded = (env: Record<string, string> = {}): Config => {
  const read = loadConfig({ folder, env })
  if (!read.ok) throw new Error('a broken configuration')
  return read.config
}
const before = loaded({ SLACK_BOT_TOKEN: 'xoxb-old', PAGERDUTY_ROUTING_KEY: 'routing-old' })

it('the same configuration changes nothing', () => {
  const merged = mergeConfig(
    before,
    loaded({ SLACK_BOT_TOKEN: 'xoxb-old', PAGERDUTY_ROUTING_KEY: 'routing-old' }),
  )
  expect(merged).toEqual({ config: before, changed: [], kept: [] })
})

it('a secret that only a start reads is named and kept, and another counts at once; neither is told', () => {
  const next = loaded({
    SLACK_BOT_TOKEN: 'xoxb-new',
    PAGERDUTY_ROUTING_KEY: 'routing-new',
    SMTP_PASSWORD: 'unused',
  })
  const { config, changed, kept } = mergeConfig(before, next)
  expect(config.slack.botToken).toBe('xoxb-old')
  expect(config.escalation.pagerduty?.routingKey).toBe('routing-new')
  expect(config.secrets).toEqual(next.secrets)
  expect({ changed, kept }).toEqual({ changed: ['pagerduty'], kept: ['slack.botToken'] })
})

it('every key is decided, and the manual names all that need a restart', () => {
  const manual = readFileSync('docs/operations.md', 'utf8')
  const section = manual.slice(manual.indexOf('## Reload'), manual.indexOf('## Start, stop, upgrade'))
  for (const key of decidedKeys('restart')) expect(section).toContain(`\`${key}\``)
  expect(decidedKeys('now')).toEqual(
    expect.arrayContaining(['inventory', 'access', 'runbooks', 'retention.size']),
  )
})
