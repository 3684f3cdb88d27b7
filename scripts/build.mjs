// Compile src/ to dist/ and copy what the compiler leaves behind: runbooks and their scripts, SQL, the remote program.
// `--if-possible` is npm's `prepare`: an install without dev dependencies keeps the dist/ it came with.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const ifPossible = process.argv.includes('--if-possible')

function compiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  } catch {
    return undefined
  }
}

const tsc = compiler()
if (!tsc) {
  if (ifPossible) process.exit(0)
  console.error('TypeScript is not installed; run `npm ci` without --omit=dev first.')
  process.exit(1)
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
const done = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
if (done.status !== 0) process.exit(done.status ?? 1)

const copied = new Set(['.yml', '.sql', '.sh', '.pl', '.json'])
for (const entry of readdirSync(join(root, 'src'), { recursive: true })) {
  if (copied.has(extname(entry))) cpSync(join(root, 'src', entry), join(root, 'dist', entry))
}

// What ships is checked here, once, and not at each start.
const { keepChecked } = await import(new URL('../dist/engine/load-runbooks.js', import.meta.url))
const { printProblem } = await import(new URL('../dist/yaml/problem.js', import.meta.url))
const mistakes = keepChecked(join(root, 'dist', 'runbooks'))
if (mistakes.length > 0) {
  for (const mistake of mistakes) console.error(printProblem(mistake))
  process.exit(1)
}

const cli = join(root, 'dist', 'cli.js')
if (existsSync(cli)) chmodSync(cli, 0o755)

// npm links the commands of dependencies, not a project's own. With this link, whoever types `npx debvisor` here by habit starts this bot, and
// not what holds that name in the registry.
const link = join(root, 'node_modules', '.bin', 'debvisor')
try {
  rmSync(link, { force: true })
  symlinkSync(join('..', '..', 'dist', 'cli.js'), link)
} catch (error) {
  console.error(`node_modules/.bin/debvisor is not linked (${error.code}); node dist/cli.js works without it`)
}

// The embedded store starts in half the time and a third of the memory from a prepared cluster; without one it still starts. In a process
// of its own: on a small machine that one is killed for its 0.8 GB, and not the install.
if (process.env.DEBVISOR_NO_TEMPLATE !== '1') {
  const code = `import('${new URL('../dist/store/embedded/cluster.js', import.meta.url)}').then((m) => m.makeTemplate())`
  const made = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  if (made.status !== 0) {
    const why =
      /^\w*Error: (.*)/m.exec(made.stderr ?? '')?.[1] ??
      made.error?.code ??
      made.signal ??
      `status ${made.status}`
    console.error(`The embedded store has no template (${why}); its first start takes 5 s longer.`)
  }
}
