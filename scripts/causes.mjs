// Write docs/causes.md from the runbooks in dist/; with --check, only say whether it is as they are.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const path = join(root, 'docs', 'causes.md')
const { loadRunbooks } = await import(join(root, 'dist', 'engine', 'load-runbooks.js'))
const { catalogue } = await import(join(root, 'dist', 'engine', 'cause-catalogue.js'))

const loaded = loadRunbooks([join(root, 'dist', 'runbooks')])
if (!loaded.ok) {
  for (const { file, line, message } of loaded.problems) console.error(`${file}:${line}: ${message}`)
  process.exit(1)
}
const text = catalogue(loaded.runbooks.topics.values())
const committed = () => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (text !== committed()) {
  console.error('docs/causes.md is not what the runbooks say; run `node scripts/causes.mjs` and commit it.')
  process.exitCode = 1
}
