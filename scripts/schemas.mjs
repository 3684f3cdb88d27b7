// Write the JSON Schemas in schema/ from the code in dist/; with --check, only say which of them are not as the code is.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const check = process.argv.includes('--check')

const schemas = [
  { file: 'runbook.json', module: 'engine/json-schema.js', make: 'runbookJsonSchema' },
  { file: 'report.json', module: 'engine/json-schema.js', make: 'reportJsonSchema' },
  { file: 'access.json', module: 'access/load-policy.js', make: 'policyJsonSchema' },
  { file: 'config.json', module: 'config/schema.js', make: 'configJsonSchema' },
]

const committed = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

mkdirSync(join(root, 'schema'), { recursive: true })
let stale = 0
for (const { file, module, make } of schemas) {
  const path = join(root, 'schema', file)
  const text = `${JSON.stringify((await import(join(root, 'dist', module)))[make](), null, 2)}\n`
  if (text === committed(path)) continue
  stale += 1
  if (check)
    console.error(`schema/${file} is not what the code says; run \`node scripts/schemas.mjs\` and commit it.`)
  else writeFileSync(path, text)
}
if (check && stale > 0) process.exitCode = 1
