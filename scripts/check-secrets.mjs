// No secret is in the tree (S21, S23): each file that git has is searched for the shapes of secrets that the bot itself redacts
// (src/redact/secrets-by-shape.ts) and for private keys. Prints file, line and kind of each find, never the text; the exit status is 1 then.
//   tsx scripts/check-secrets.mjs [FOLDER]   FOLDER: of a checkout; default: this one
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RE2JS } from 're2js'
import { TOKENS } from '../src/redact/secrets-by-shape.ts'

const own = fileURLToPath(new URL('..', import.meta.url))
const root = process.argv[2] ?? own

/**
 * What only looks like a secret: its fingerprint, as this program prints it, and why it may stay. Another value in the same file is a find. Rather
 * make such a text at test time than add a line here.
 */
const LOOKALIKES = {
  '360a29b11540': 'the header that all OpenSSH keys begin with, in the table of shapes',
  '8f017dc65f71': 'xoxb-from-file: a word, in tests of the configuration',
  '53cd5ef4fb9e': 'xapp-from-file: a word, in tests of the configuration',
  '27b2e215f413': 'xoxb-named-by-env: a word, in tests of the configuration',
  '9ca870ebe12a': 'ghp_ with the digits and letters in order, for fake trackers and an old store',
  '8bdce75e9920': 'a hash of htpasswd that the fault lab makes up',
  b36cdbe59472: 'a webhook of Slack in the samples of redaction, letters in order',
  efc203edb730: 'a SCRAM verifier of the words salt, stored and server, in the samples of redaction',
  '60b43339d72e': 'an MD5 hash of PostgreSQL in the samples of redaction',
  e5113efe2c8a: 'a crypt hash with the salt saltsalt, in the samples of redaction',
  '452c10eb6520': 'an apr1 hash in the samples of redaction',
  '9c284028edcb': 'some Base64 under the header of a key, in the samples of redaction',
  '97048082d1ac': '$6$ with the words salt and hash, in a test of password files',
  '80b07f48b3fc': 'some letters under the header of a key, in a test of snapshots',
}

const SHAPES = [
  ...TOKENS.map(({ of, hints, pattern }) => ({ of, hints, program: RE2JS.compile(pattern) })),
  // With at least one line of its text: a header by itself is no key.
  {
    of: 'private keys',
    hints: ['private key-----'],
    program: RE2JS.compile(String.raw`(-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{16,})`),
  },
]

const fingerprintOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12)

function findsIn(file) {
  const text = readFileSync(join(root, file), 'latin1')
  const lower = text.toLowerCase()
  return SHAPES.filter(({ hints }) => hints.some((hint) => lower.includes(hint))).flatMap(
    ({ of, program }) => {
      const finds = []
      const matcher = program.matcher(text)
      while (matcher.find()) {
        const line = text.slice(0, matcher.start(1)).split('\n').length
        finds.push({ file, line, of, fingerprint: fingerprintOf(matcher.group(1)) })
      }
      return finds
    },
  )
}

const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
if (listed.status !== 0) throw new Error(`git lists no files: ${listed.stderr}`)
const files = listed.stdout
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)) && statSync(join(root, file)).isFile())
const finds = files.flatMap(findsIn)
const strays = finds.filter(({ fingerprint }) => !(fingerprint in LOOKALIKES))
for (const { file, line, of, fingerprint } of strays)
  console.log(`${file}:${line}: this looks like one of ${of} (${fingerprint})`)
if (strays.length > 0) {
  console.log(
    'A real secret: revoke it, for git keeps it. A text that only looks like one: make it at test time, or list its fingerprint in scripts/check-secrets.mjs with the reason.',
  )
  process.exitCode = 1
}
const seen = new Set(finds.map(({ fingerprint }) => fingerprint))
const idle = root === own ? Object.keys(LOOKALIKES).filter((fingerprint) => !seen.has(fingerprint)) : []
for (const fingerprint of idle)
  console.log(
    `${fingerprint} is on the list of scripts/check-secrets.mjs, and no file has it any more; take it out.`,
  )
if (idle.length > 0) process.exitCode = 1
if (process.exitCode === undefined)
  console.log(`No secret in ${files.length} files; ${seen.size} texts only look like one.`)
