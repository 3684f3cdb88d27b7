import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './exec.ts'
import { cacheDir, labDir } from './places.ts'

/** Digest of the files' paths and contents: a changed recipe is another image. */
function digest(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(labDir, file)))
      .update('\0')
  return hash.digest('hex').slice(0, 12)
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(labDir, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name).slice(labDir.length))
    .sort()
}

/**
 * The image as a folder: Debian and its packages (about 100 s, kept for as long as base.sh is the same), and a copy of it with the
 * platform (a few seconds). `fresh` builds both again.
 */
export async function image(fresh = false): Promise<string> {
  const baseRecipe = ['image/base.sh']
  const platformRecipe = [...baseRecipe, 'image/platform.sh', 'image/lab-init', ...filesBelow('platforms/guide')]
  const base = join(cacheDir, `base-${digest(baseRecipe)}`)
  const whole = join(cacheDir, `image-${digest(platformRecipe)}`)
  mkdirSync(cacheDir, { recursive: true })
  if (fresh) for (const dir of [base, whole]) rmSync(dir, { recursive: true, force: true })
  await once(base, (dir) => must(join(labDir, 'image/base.sh'), [dir], { seconds: 600 }))
  await once(whole, async (dir) => {
    await must('cp', ['-a', base, dir], { seconds: 120 })
    await must(join(labDir, 'image/platform.sh'), [dir, labDir], { seconds: 120 })
  })
  return whole
}

/** A build that fails leaves nothing that looks finished. */
async function once(dir: string, build: (dir: string) => Promise<unknown>): Promise<void> {
  if (existsSync(dir)) return
  const unfinished = `${dir}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  await build(unfinished)
  renameSync(unfinished, dir)
}
