import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkCommands } from './container-commands.ts'
import { checkInstalled } from './installed/life.ts'
import { checkContents } from './package-contents.ts'
import { buildPackages, type Packages } from './packages.ts'
import { makeTally } from './tally.ts'
import { checkUnit } from './unit.ts'

/**
 * `npm run test:packaging`: builds the Debian package twice, as this version and as a later one, looks into it, and lives its whole life on a
 * real Debian host of the lab: refused, installed, started, upgraded, removed, purged. Needs root on Debian, `npm run build`, and what
 * test/lab needs. `--short` leaves the host out; `--platform` names another one of the lab.
 */
const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, platform: { type: 'string', default: 'guide' } },
})
const tally = makeTally()
const folder = mkdtempSync(join(tmpdir(), 'debvisor-packaging-'))
// The user of the container runs the image's commands below it.
chmodSync(folder, 0o755)
try {
  await checkUnit(tally)
  await checkCommands(tally, folder)
  let packages: Packages | undefined
  await tally.check('the package is built, as this version and as a later one', () => {
    packages = buildPackages(folder)
  })
  if (packages) {
    await checkContents(tally, packages)
    if (!values.short) await checkInstalled(tally, packages, values.platform)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = tally.close()
