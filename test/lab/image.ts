import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { must } from './exec.ts'
import { cacheDir, labDir } from './places.ts'
import type { Platform, PlatformName } from './platforms/platform.ts'

/** What a host boots from. */
export interface Image {
  readonly platform: PlatformName
  readonly dir: string
}

/** Digest of the words and of the files' paths and contents: a changed recipe is another image. */
function digest(words: readonly string[], files: readonly string[]): string {
  const hash = createHash('sha256').update(words.join(' '))
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
 * The platform's image: Debian and its packages (about 100 s, kept for as long as they and base.sh are the same), and a copy of it with
 * the platform (a few seconds). `fresh` builds both again.
 */
export async function image(platform: Platform, fresh = false): Promise<Image> {
  const { name, shape, suite, postgresql, packages } = platform
  const folder = `platforms/${shape}`
  const words = [suite, `postgresql-${postgresql}`, ...packages]
  const base = join(cacheDir, `base-${suite}-${digest(words, ['image/base.sh'])}`)
  const whole = join(
    cacheDir,
    `image-${name}-${digest(words, [...filesBelow('image'), ...filesBelow(folder)])}`,
  )
  mkdirSync(cacheDir, { recursive: true })
  if (fresh) for (const dir of [base, whole]) rmSync(dir, { recursive: true, force: true })
  await once(base, (dir) => must(join(labDir, 'image/base.sh'), [dir, ...words], { seconds: 600 }))
  await once(whole, async (dir) => {
    await must('cp', ['-a', base, dir], { seconds: 120 })
    for (const script of [`${folder}/install.sh`, 'image/finish.sh'])
      await must(join(labDir, script), [dir, labDir, String(postgresql)], { seconds: 120 })
  })
  return { platform: name, dir: whole }
}

/** A build that fails leaves nothing that looks finished. */
async function once(dir: string, build: (dir: string) => Promise<unknown>): Promise<void> {
  if (existsSync(dir)) return
  const unfinished = `${dir}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  await build(unfinished)
  renameSync(unfinished, dir)
}
