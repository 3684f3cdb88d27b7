import { readFileSync } from 'node:fs'
import { Ajv, type Schema } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Runbooks } from '../../src/engine/load-runbooks.ts'
import { knownNamesOf } from '../../src/handlers/commands/known-names.ts'
import { parseCommand } from '../../src/handlers/commands/parse-command.ts'
import { routes } from '../../src/handlers/routes.ts'
import { appMethodScopes, botScopes, deliveryScopes, methodScopes } from '../../src/slack/scopes.ts'
import { calledMethods, declared, heardBy, type Manifest, sourcesBelow } from './calls-of-the-code.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

const manifest = (): Manifest => parse(read('../../manifest.yml')) as Manifest

// The schema has notes of Slack's own beside its keywords.
const check = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
  JSON.parse(read('schema/manifest.schema.1.0.0.json')) as Schema,
)

const sources = sourcesBelow('src')

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

  it('has a Home tab, and lets people write to it: without an open Messages tab the lead could only read', () => {
    expect(manifest().features.app_home).toEqual({
      home_tab_enabled: true,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    })
  })

  it('asks for the scopes that the code takes, no more and no fewer', () => {
    const asked = manifest().oauth_config.scopes.bot.toSorted()
    expect(asked).toEqual(Object.keys(botScopes).toSorted())
    const taken = [...Object.values(methodScopes), ...Object.values(deliveryScopes)].flat()
    expect(asked).toEqual([...new Set(taken)].toSorted())
  })

  it('is for the methods that the code calls, each with its scopes', () => {
    expect(calledMethods(sources)).toEqual(Object.keys({ ...methodScopes, ...appMethodScopes }).toSorted())
  })

  it('suggests in the panel only what the bot reads as a command', () => {
    const { agent_view: panel } = manifest().features
    const known = knownNamesOf(
      { topics: new Map(), names: () => [] } as unknown as Runbooks,
      { hosts: new Map(), groups: new Map() },
      () => true,
    )
    const kinds = panel?.suggested_prompts?.map(({ message }) => parseCommand(message, known).kind)
    expect(kinds).toEqual(['help', 'hosts', 'status', 'tickets'])
  })

  it('declares the commands, shortcuts and events that the code listens to, and no others', () => {
    expect(declared(manifest())).toEqual(heardBy(sources, routes))
  })
})

describe('what the code is seen to do', () => {
  it('is every call of a method, however the client is called, and nothing that looks like one', () => {
    const code = `
      await client.chat.postMessage({}); app.client.reactions.add({}); const { views } = web
      await web.files.uploadV2({}); c.filesUploadV2({}); c.apiCall('pins.add', {})
      people.users.get(id); conversations.history(about); // client.stars.add({}) is only told of`
    expect(calledMethods([code])).toEqual([
      'chat.postMessage',
      'files.uploadV2',
      'filesUploadV2',
      'pins.add',
      'reactions.add',
    ])
  })

  it.each([
    ['an event', "app.event('app_mention', take)", { events: ['app_mention'] }],
    ['a shortcut', "app.shortcut('from_message', take)", { shortcuts: ['from_message'] }],
    ['a message', 'app.message(take)', { events: ['message.*'] }],
  ])('is listening to %s', (_, code, heard) => {
    expect(heardBy([code], [])).toMatchObject(heard)
  })

  it('is not a listener whose name cannot be read', () => {
    expect(() => heardBy(['app.event(name, take)'], [])).toThrow('app.event(name')
    expect(() => heardBy(['app.function(name, take)'], [])).toThrow('app.function')
  })
})
