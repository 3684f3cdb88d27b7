// Write the generated half of docs/runbooks.md from the schema and parsers in dist/; with --check, only say whether it is as they are.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const path = join(root, 'docs', 'runbooks.md')
const { runbookReference } = await import(join(root, 'dist', 'engine', 'runbook-reference.js'))

const committed = readFileSync(path, 'utf8')
const text = runbookReference(root, committed)
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (text !== committed) {
  console.error(
    'docs/runbooks.md is not what the schema and parsers say; run `node scripts/runbook-reference.mjs` and commit it.',
  )
  process.exitCode = 1
}
