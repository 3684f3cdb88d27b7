import { readFileSync } from 'node:fs'
import { Ajv, type Schema } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { botScopes } from '../../src/slack/scopes.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

interface Manifest {
  features: { slash_commands: { command: string; should_escape?: boolean }[]; app_home?: object }
  oauth_config: { scopes: { bot: string[] } }
  settings: { socket_mode_enabled: boolean; interactivity: { is_enabled: boolean } }
}

const manifest = (): Manifest => parse(read('../../manifest.yml')) as Manifest

// The schema has notes of Slack's own beside its keywords.
const check = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
  JSON.parse(read('schema/manifest.schema.1.0.0.json')) as Schema,
)

describe('manifest.yml', () => {
  it("fits Slack's published schema", () => {
    check(manifest())
    expect(check.errors ?? []).toEqual([])
  })

  it('would be refused with a key that Slack does not know', () => {
    const { settings, ...rest } = manifest()
    expect(check({ ...rest, settings: { ...settings, socket_mode: true } })).toBe(false)
  })

  it('declares the one slash command, escaped, over Socket Mode, with buttons', () => {
    const { features, settings } = manifest()
    expect(features.slash_commands).toMatchObject([{ command: '/debvisor', should_escape: true }])
    expect(settings).toMatchObject({ socket_mode_enabled: true, interactivity: { is_enabled: true } })
  })

  it('lets people answer its direct messages: without an open Messages tab the lead could only read', () => {
    expect(manifest().features.app_home).toEqual({
      home_tab_enabled: false,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    })
  })

  it('asks for the scopes that the code knows, no more and no fewer', () => {
    expect(manifest().oauth_config.scopes.bot.toSorted()).toEqual(Object.keys(botScopes).toSorted())
  })
})
