import assert from 'node:assert/strict'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { type Ran, run } from '../lab/exec.ts'
import { type Instruction, instructionsOf, lastOf } from './dockerfile.ts'
import type { Tally } from './tally.ts'

const container = 'packaging/container'

/**
 * Follows the Dockerfile without Docker: each stage is a folder in `folder`, its COPYs are copies of what Dockerfile.dockerignore lets through, and
 * each RUN, CMD and HEALTHCHECK is run there, the last two as the user that the image names. What it does not show: the base images and their
 * layers, and the read-only root.
 */
export async function checkCommands({ check }: Tally, folder: string): Promise<void> {
  const all = instructionsOf(readFileSync(`${container}/Dockerfile`, 'utf8'))
  const root = (stage: number) => join(folder, `stage${stage}`)
  const built = await check('each RUN and COPY of the Dockerfile works in an empty folder', async () => {
    const sent = join(folder, 'sent')
    sendContext(sent)
    let at = '/'
    for (const instruction of all) {
      if (instruction.name === 'FROM') at = '/'
      if (instruction.name === 'WORKDIR') at = instruction.words[0] ?? '/'
      const here = join(root(instruction.stage), at)
      mkdirSync(here, { recursive: true })
      if (instruction.name === 'COPY') copyInto(instruction, here, sent, root(0))
      if (instruction.name !== 'RUN') continue
      const { code, out, err } = await runThere(instruction.words, root(instruction.stage), {
        at: here,
        seconds: 240,
      })
      assert.equal(code, 0, `RUN ${instruction.text}\n${out}\n${err}`.slice(0, 3000))
    }
  })
  if (!built) return
  const image = root(1)
  const user = Number(lastOf(all, 'USER').words[0]?.split(':')[0])
  const start = [...lastOf(all, 'ENTRYPOINT').words, ...lastOf(all, 'CMD').words]
  const probe = lastOf(all, 'HEALTHCHECK').words

  await check('the command of the image starts the bot, which says which secret is missing', async () => {
    const etc = join(image, 'etc/debvisor-bot')
    cpSync(`${container}/debvisor.yml`, join(etc, 'debvisor.yml'))
    cpSync('inventory.example.yml', join(etc, 'inventory.yml'))
    const { code, out, err } = await runThere(start, image, { at: etc, user })
    assert.equal(code, 3, out + err)
    assert.match(err + out, /slack\.botTokenFile: there is no file \/run\/secrets\/slack-bot-token/)
  })

  await check('the image has the template of the embedded store, and nothing of development', () => {
    const modules = join(image, 'app/node_modules')
    assert.ok(readdirSync(join(modules, '.cache/debvisor')).some((name) => name.startsWith('pglite-')))
    for (const name of ['typescript', 'vitest', 'tsx', 'esbuild', '@biomejs/biome'])
      assert.ok(!existsSync(join(modules, name, 'package.json')), `${name} is in the image`)
  })

  await check('HEALTHCHECK passes where the bot answers 200, and fails on 503 and on silence', async () => {
    const codes: number[] = []
    for (const status of [200, 503]) {
      const server = createServer((_, response) => response.writeHead(status).end())
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`
      codes.push((await runThere(probe, image, { at: image, user, env: { HEALTHCHECK_URL: url } })).code)
      server.close()
      if (status === 503)
        codes.push((await runThere(probe, image, { at: image, user, env: { HEALTHCHECK_URL: url } })).code)
    }
    assert.deepEqual(codes, [0, 1, 1])
  })
}

/** What Docker would send: what the last pattern that fits lets through. */
function sendContext(to: string): void {
  const lines = readFileSync(`${container}/Dockerfile.dockerignore`, 'utf8').split('\n')
  for (const line of lines.filter((each) => each.startsWith('!')))
    cpSync(line.slice(1), join(to, line.slice(1)), { recursive: true })
}

function copyInto({ words }: Instruction, here: string, sent: string, firstStage: string): void {
  const flags = words.filter((word) => word.startsWith('--'))
  const paths = words.filter((word) => !word.startsWith('--'))
  const from = flags.some((flag) => flag.startsWith('--from=')) ? firstStage : sent
  const to = paths.at(-1) ?? './'
  for (const path of paths.slice(0, -1)) {
    const source = join(from, path)
    const isFile = lstatSync(source).isFile()
    // Links stay what they are: npm makes relative ones.
    cpSync(source, to.endsWith('/') && isFile ? join(here, to, basename(path)) : join(here, to), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

interface There {
  readonly at: string
  readonly user?: number
  readonly seconds?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Absolute paths among the words are those of the image. */
function runThere(
  words: readonly string[],
  image: string,
  { at, user, seconds = 60, env }: There,
): Promise<Ran> {
  const there = words.map((word) => (word.startsWith('/') ? join(image, word) : word))
  const as =
    user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--']
  const [program = '', ...args] = [...as, ...there]
  return run(program, args, { cwd: at, seconds, env: { PATH: process.env.PATH, HOME: at, ...env } })
}
