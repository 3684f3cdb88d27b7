// Make the package as `npm pack` does, install it into an empty folder as its users do, and use it there: its commands work without the
// checkout and without development's dependencies, and what its pages link to is in it. Ends with status 0, or with 1 and what does not work.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'debvisor-pack-'))
const user = join(folder, 'user')
const installed = join(user, 'node_modules', name)
// What the commands print must not depend on who runs this, nor reach a real workspace.
const env = { PATH: process.env.PATH, HOME: folder }

const LOCAL = 'all: { hosts: { here: { ansible_connection: local } } }\n'

/** Each with the exit statuses that are good, and what it has to print. */
const COMMANDS = [
  { args: ['--version'], prints: version },
  { args: ['--help'], prints: 'diagnose <topic> <hosts>' },
  { args: ['validate'], prints: /^Good: \d+ topics, .*, 1 hosts\.$/m },
  { args: ['hosts'], prints: 'this machine' },
  {
    args: ['diagnose', 'service', 'here', '--record', 'recorded'],
    statuses: [0, 1, 2],
    prints: /^\S+ service on here/,
  },
  {
    args: ['diagnose', 'performance', 'here', '--format', 'json'],
    statuses: [0, 1, 2],
    prints: '"topic": "performance"',
  },
  { args: ['runbook', 'test', 'recorded'], prints: '1 of 1 right' },
  { args: ['runbook', 'test'], prints: /^(\d+) of \1 right/m },
  { args: ['sudoers', 'here'], prints: 'visudo' },
  { args: ['access', 'explain', 'U001', 'diagnose', 'here'], prints: 'allowed: there is no access policy' },
  { args: ['redact'], input: 'password=hunter2hunter2\n', prints: /^password=(?!hunter2)/m },
  { args: ['audit', 'verify'], statuses: [3], prints: 'There is no store' },
  { args: ['doctor'], statuses: [1], prints: 'SLACK_BOT_TOKEN' },
  // It loads everything that the app is made of before it misses the token.
  { args: ['serve'], statuses: [3], prints: 'SLACK_BOT_TOKEN' },
]

/** Pages tell those who work on the bot of files that only a checkout has. */
const ONLY_IN_A_CHECKOUT = ['test/', 'playground/', 'src/', 'scripts/', 'CONTRIBUTING.md']

function main() {
  const packed = pack()
  install(packed.filename)
  const wrong = [...misplaced(packed.files), ...misleading(packed.files), ...COMMANDS.flatMap(failure)]
  for (const sentence of wrong) console.error(sentence)
  const size = `${packed.files.length} files, ${megabytes(packed.size)} packed, ${megabytes(packed.unpackedSize)} unpacked`
  console.log(
    wrong.length === 0
      ? `The package works in an empty folder: ${COMMANDS.length} commands; ${size}.`
      : `The package does not work: ${wrong.length} problems; ${size}.`,
  )
  return wrong.length === 0 ? 0 : 1
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`

/** `npm pack` builds first (`prepare`), so what is packed is what the sources say. */
function pack() {
  const said = npm(root, ['pack', '--json', '--pack-destination', folder])
  return JSON.parse(said.slice(said.lastIndexOf('\n[') + 1))[0]
}

function install(filename) {
  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), '{ "private": true }\n')
  npm(user, ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, filename)])
  writeFileSync(join(user, 'inventory.yml'), LOCAL)
}

function npm(cwd, args) {
  const done = spawnSync('npm', args, { cwd, encoding: 'utf8', timeout: 300_000 })
  if (done.status !== 0)
    throw new Error(`npm ${args[0]} ended with ${done.status ?? done.signal}: ${done.stderr}`)
  return done.stdout
}

const misplaced = (files) =>
  files
    .map(({ path }) => path)
    .filter((path) => /^(src|playground|scripts)\/|^test\/(?!recordings\/)|\.map$/.test(path))
    .map((path) => `${path} is in the package, and no user needs it.`)

/** What the pages say that does not hold where the package is installed. */
function misleading(files) {
  const pages = files.map(({ path }) => path).filter((path) => path.endsWith('.md'))
  return pages.flatMap((page) => {
    const text = readFileSync(join(installed, page), 'utf8')
    const fetched = /\bnpx (?:--?\S+ )*debvisor/.test(text)
      ? [`${page} says npx debvisor, which fetches a stranger's package.`]
      : []
    return [...fetched, ...brokenLinks(page, text)]
  })
}

/** Links and pictures, relative to their page. */
const brokenLinks = (page, text) =>
  [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)]
    .map(([, link]) => normalize(join(dirname(page), link)))
    .filter((path) => !ONLY_IN_A_CHECKOUT.some((place) => path.startsWith(place)))
    .filter((path) => !existsSync(join(installed, path)))
    .map((path) => `${page} links to ${path}, which is not in the package.`)

function failure({ args, input = '', statuses = [0], prints }) {
  const done = spawnSync(join(user, 'node_modules', '.bin', 'debvisor'), args, {
    cwd: user,
    env,
    input,
    encoding: 'utf8',
    timeout: 120_000,
  })
  const said = `${done.stdout}${done.stderr}`
  const right = typeof prints === 'string' ? said.includes(prints) : prints.test(said)
  return statuses.includes(done.status) && right
    ? []
    : [
        `debvisor ${args.join(' ')} ended with ${done.status ?? done.signal} and said:\n${said.slice(0, 2000)}`,
      ]
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(error.message)
  console.log('The package does not work: it could not be made or installed.')
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
