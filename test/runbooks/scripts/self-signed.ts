import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate of nobody, made now, as many a host has one. Undefined where there is no openssl: the scripts speak TLS through it. */
export function selfSigned(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'self-signed-'))
  const [key = '', cert = ''] = ['key', 'cert'].map((name) => join(folder, name))
  const wanted = [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-subj',
    '/CN=nobody.example',
  ]
  try {
    const { status } = spawnSync('openssl', ['req', '-x509', ...wanted], { stdio: 'ignore' })
    if (status === 0) return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1')
    throw new Error('this test needs openssl (package openssl)')
  return undefined
}
