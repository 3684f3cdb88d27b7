import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pack, stage } from '../../scripts/package-deb.mjs'

export interface Packages {
  /** What is staged: the files of the package as they are installed. */
  readonly root: string
  readonly version: string
  readonly file: string
  /** Of the same files, as a release after this one. */
  readonly later: { readonly version: string; readonly file: string }
}

/** Both packages; the one that is staged last is the later one, so `root` is put back. */
export function buildPackages(folder: string): Packages {
  const root = join(folder, 'root')
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64'
  stage(root, arch)
  const manifest = join(root, 'usr/lib/debvisor-bot/app/package.json')
  const text = readFileSync(manifest, 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  const laterVersion = `${version}-later`.replace(
    /^(\d+)\.(\d+)\..*/,
    (_, major, minor) => `${major}.${Number(minor) + 1}.0`,
  )
  writeFileSync(manifest, text.replace(`"version": "${version}"`, `"version": "${laterVersion}"`))
  const later = {
    version: laterVersion,
    file: pack(root, { arch, version: laterVersion, out: folder, fast: true }),
  }
  writeFileSync(manifest, text)
  return { root, version, file: pack(root, { arch, version, out: folder, fast: true }), later }
}
