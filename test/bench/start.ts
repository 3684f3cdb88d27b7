// `npm run bench:start` after `npm run build`: what the built commands take to start, beside a bare node, and beside runbooks that nobody has
// checked before. All of it is CPU time of the process itself, the least of some rounds, so the ratios hold on a busy machine too.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
if (!existsSync(join(root, 'dist/runbooks/checked.json'))) throw new Error('npm run build comes first')
const ROUNDS = 5

/** Tells the CPU time of its process, microseconds, on descriptor 3. */
const tell = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs'
   process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String(user + system)) })`,
)}`

function cpuOf(folder: string, ...args: readonly string[]): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const { output } = spawnSync(process.execPath, ['--import', tell, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    })
    return Number(output[3]) / 1_000
  })
  return Math.min(...rounds)
}

const unchecked = mkdtempSync(join(tmpdir(), 'start-'))
try {
  cpSync(join(root, 'dist'), join(unchecked, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(unchecked, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(unchecked, 'node_modules'))
  renameSync(join(unchecked, 'dist/runbooks/checked.json'), join(unchecked, 'checked.json'))

  const bare = cpuOf(root, '-e', '0')
  console.log(`a bare node: ${bare.toFixed(0)} ms of CPU\n`)
  console.log('command     CPU    bare node ×   runbooks unchecked ×')
  const inventory = ['--inventory', join(root, 'inventory.example.yml')]
  for (const command of [['--version'], ['hosts', ...inventory], ['validate', ...inventory]]) {
    const took = cpuOf(root, 'dist/cli.js', ...command)
    const before = cpuOf(unchecked, 'dist/cli.js', ...command)
    const columns = [`${took.toFixed(0)} ms`.padStart(8), (took / bare).toFixed(2).padStart(8)]
    console.log(
      `${(command[0] ?? '').padEnd(9)} ${columns.join('   ')}   ${(took / before).toFixed(2).padStart(15)}`,
    )
  }
} finally {
  rmSync(unchecked, { recursive: true, force: true })
}
