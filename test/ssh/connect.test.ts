import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type Connection } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import { newKeyPair, runInShell } from '../../playground/ssh/server.ts'
import { type ConnectOptions, connect } from '../../src/ssh/connect.ts'
import { fingerprint, readHostKey } from '../../src/ssh/keys/known-hosts-file.ts'
import { appendKnownHost, scanHostKey } from '../../src/ssh/keys/trust-host-key.ts'
import type { Connected, Hop } from '../../src/ssh/outcome.ts'
import { liveMemory } from '../fakes/live-memory.ts'
import { type FakeHost, startFakeHost } from '../fakes/ssh-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function startHost(options?: Parameters<typeof startFakeHost>[0]): Promise<FakeHost> {
  const host = await startFakeHost(options)
  closing.push(host.close)
  return host
}

async function enter(hops: Hop[], options: ConnectOptions): Promise<Connected> {
  const connected = await connect({ kind: 'ssh', hops }, options)
  if (connected.ok) closing.push(() => connected.session.close())
  return connected
}

const failureOf = (connected: Connected) => (connected.ok ? undefined : connected.failure)

const fingerprintOf = (publicKey: string): string => {
  const key = readHostKey(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'))
  if (!key) throw new Error('this is no key')
  return fingerprint(key)
}

describe('the host key', () => {
  const at = (host: FakeHost): string => `[127.0.0.1]:${host.hop.port}`

  /** Connects with this known_hosts file; it must fail before the host saw a credential. */
  async function refused(host: FakeHost, knownHosts: string) {
    writeFileSync(host.knownHostsFile, knownHosts)
    const connected = await enter([host.hop], host)
    expect(host.connections()).toBe(1)
    expect(host.attempts).toEqual([])
    return failureOf(connected)
  }

  test('that is pinned lets us in and is told', async () => {
    const host = await startHost()
    const connected = await enter([host.hop], host)
    expect(connected.ok && connected.session.fingerprint).toBe(fingerprintOf(host.hostKey))
    expect(host.attempts.map((attempt) => attempt.method)).toEqual(['publickey', 'publickey'])
  })

  test('that is not pinned is refused, with the fingerprint to compare', async () => {
    const host = await startHost()
    expect(await refused(host, '')).toEqual({
      hop: 'host1',
      stage: 'host-key',
      hostKey: 'not-pinned',
      reason: `the host key is not pinned in ${host.knownHostsFile} (offered is ssh-ed25519 ${fingerprintOf(host.hostKey)})`,
      remedy: "compare that fingerprint with the host's own, then run: debvisor hosts trust host1",
    })
  })

  test('is refused where there is no known_hosts file at all', async () => {
    const host = await startHost()
    const connected = await enter([host.hop], { knownHostsFile: join(host.folder, 'none') })
    expect(failureOf(connected)).toMatchObject({ stage: 'host-key' })
    expect(host.attempts).toEqual([])
  })

  test('that has changed is refused, with both fingerprints and the line', async () => {
    const host = await startHost()
    const old = newKeyPair().public
    const failure = await refused(host, `# pinned in May\n${at(host)} ${old}\n`)
    expect(failure).toMatchObject({ hop: 'host1', stage: 'host-key' })
    expect(failure?.reason).toMatch(
      /^the host key has changed, somebody may be intercepting the connection: /,
    )
    expect(failure?.reason).toContain(`offered is ssh-ed25519 ${fingerprintOf(host.hostKey)}`)
    expect(failure?.reason).toContain(
      `pinned is ssh-ed25519 ${fingerprintOf(old)} (line 2 of ${host.knownHostsFile})`,
    )
  })

  test('of another type than the pinned one is a changed key', async () => {
    const host = await startHost()
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).public
    expect((await refused(host, `${at(host)} ${rsa}\n`))?.reason).toContain('has changed')
  })

  test('that is revoked is refused, though it is pinned too', async () => {
    const host = await startHost()
    const failure = await refused(host, `${at(host)} ${host.hostKey}\n@revoked * ${host.hostKey}\n`)
    expect(failure?.reason).toContain(`is revoked by line 2 of ${host.knownHostsFile}`)
  })

  test('is refused where a line that may revoke it cannot be read', async () => {
    const host = await startHost()
    const failure = await refused(host, `${at(host)} ${host.hostKey}\n@revoked *\n`)
    expect(failure?.reason).toContain(`line 2 of ${host.knownHostsFile} cannot be read`)
  })

  test('of which only the authority is known is refused, and so said', async () => {
    const host = await startHost()
    const failure = await refused(host, `@cert-authority * ${host.hostKey}\n`)
    expect(failure?.reason).toContain('host certificates are not supported')
  })

  test('of the pinned type is asked for, where the server has several', async () => {
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    const host = await startHost({ hostKeys: [newKeyPair().private, rsa.private] })
    writeFileSync(host.knownHostsFile, `${at(host)} ${rsa.public}\n`)
    const connected = await enter([host.hop], host)
    expect(connected.ok && connected.session.fingerprint).toBe(fingerprintOf(rsa.public))
  })

  test('can be looked at and pinned without a credential', async () => {
    const host = await startHost()
    const scanned = await scanHostKey([host.hop], host)
    expect(scanned).toMatchObject({
      ok: true,
      fingerprint: fingerprintOf(host.hostKey),
      key: { type: 'ssh-ed25519' },
    })
    expect(host.attempts).toEqual([])
    if (!scanned.ok) return
    const file = join(host.folder, 'new', 'known_hosts')
    await appendKnownHost(file, host.hop, scanned.key)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await enter([host.hop], { knownHostsFile: file })).ok).toBe(true)
  })

  test('is pinned on a line of its own', async () => {
    const host = await startHost()
    const key = readHostKey(Buffer.from(host.hostKey.split(' ')[1] ?? '', 'base64'))
    if (!key) throw new Error('this is no key')
    writeFileSync(host.knownHostsFile, '# no newline at the end')
    await appendKnownHost(host.knownHostsFile, { ...host.hop, port: 22, address: 'db.example.net' }, key)
    expect(readFileSync(host.knownHostsFile, 'utf8')).toBe(
      `# no newline at the end\ndb.example.net ${host.hostKey} host1\n`,
    )
    await expect(appendKnownHost(host.knownHostsFile, { ...host.hop, address: '*' }, key)).rejects.toThrow(
      RangeError,
    )
  })
})

describe('the key file', () => {
  async function refused(host: FakeHost, hop: Partial<Hop>, options: Partial<ConnectOptions> = {}) {
    const connected = await enter([{ ...host.hop, ...hop }], { ...host, ...options })
    expect(host.connections()).toBe(0)
    return failureOf(connected)
  }

  test.each(['640', '604', '620', '666'])('is refused with mode %s', async (mode) => {
    const host = await startHost()
    const keyFile = host.hop.keyFile ?? ''
    chmodSync(keyFile, Number.parseInt(mode, 8))
    expect(await refused(host, {})).toEqual({
      hop: 'host1',
      stage: 'key-file',
      reason: `others than its owner can read the key file ${keyFile} (mode ${mode})`,
      remedy: `chmod 600 ${keyFile}`,
    })
  })

  test('that is missing, none, public or empty is named', async () => {
    const host = await startHost()
    const [publicKey, empty] = [join(host.folder, 'key.pub'), join(host.folder, 'empty')]
    writeFileSync(publicKey, newKeyPair().public, { mode: 0o600 })
    writeFileSync(empty, '', { mode: 0o600 })
    const missing = join(host.folder, 'missing')
    expect((await refused(host, { keyFile: missing }))?.reason).toBe(
      `the key file ${missing} cannot be read (ENOENT)`,
    )
    expect((await refused(host, { keyFile: undefined }))?.reason).toBe('the inventory names no private key')
    expect((await refused(host, { keyFile: publicKey }))?.reason).toBe(`${publicKey} holds a public key`)
    expect((await refused(host, { keyFile: empty }))?.reason).toContain('is no private key that can be used')
    expect((await refused(host, { keyFile: host.folder }))?.stage).toBe('key-file')
  })

  test('that is encrypted wants its passphrase', async () => {
    const locked = ssh2.utils.generateKeyPairSync('ecdsa', {
      bits: 256,
      passphrase: 'correct',
      cipher: 'aes256-ctr',
      rounds: 1,
    })
    const host = await startHost({ authorizedKey: locked.public })
    const keyFile = join(host.folder, 'locked')
    writeFileSync(keyFile, locked.private, { mode: 0o600 })
    expect((await refused(host, { keyFile }))?.reason).toBe(`the key file ${keyFile} is encrypted`)
    expect((await refused(host, { keyFile }, { passphrase: 'wrong' }))?.reason).toBe(
      `the passphrase does not open the key file ${keyFile}`,
    )
    expect((await enter([{ ...host.hop, keyFile }], { ...host, passphrase: 'correct' })).ok).toBe(true)
  })
})

describe('the login', () => {
  test('that is refused is tried once and never again', async () => {
    const host = await startHost({ authorizedKey: newKeyPair().public })
    expect(failureOf(await enter([host.hop], host))).toEqual({
      hop: 'host1',
      stage: 'authentication',
      reason: `it refused the key ${host.hop.keyFile} for the user diagnostics`,
      remedy: 'add the public key to ~diagnostics/.ssh/authorized_keys on host1',
    })
    expect(host.attempts).toEqual([{ method: 'publickey', signed: false }])
    expect(host.connections()).toBe(1)
  })

  test('uses public keys only, even where the server would take anything', async () => {
    const host = await startHost()
    await enter([{ ...host.hop, user: 'nobody' }], host)
    expect(new Set(host.attempts.map((attempt) => attempt.method))).toEqual(new Set(['publickey']))
  })
})

describe('two hops', () => {
  /** A jump host that forwards connections, as far as these tests go. */
  const forwarding = (connection: Connection): void => {
    connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
      const target = connectTcp({ host: destIP, port: destPort, noDelay: true })
      target.once('error', () => reject())
      target.once('connect', () => {
        const channel = accept()
        channel.on('error', () => {})
        target.on('error', () => {})
        target.pipe(channel).pipe(target)
      })
    })
  }

  async function startHops(options: Parameters<typeof startFakeHost>[0] = { onConnection: forwarding }) {
    const [jump, target] = [await startHost(options), await startHost()]
    writeFileSync(
      jump.knownHostsFile,
      readFileSync(jump.knownHostsFile, 'utf8') + readFileSync(target.knownHostsFile, 'utf8'),
    )
    return { jump, target, hops: [{ ...jump.hop, name: 'bastion' }, target.hop] }
  }

  test('lead to the second, each with a key of its own', async () => {
    const { jump, target, hops } = await startHops()
    const connected = await enter(hops, jump)
    if (!connected.ok) throw new Error(connected.failure.reason)
    expect(connected.session.fingerprint).toBe(fingerprintOf(target.hostKey))
    const outcomes = await connected.session.run([
      { id: 'a', kind: 'shell', script: 'echo there', timeoutMs: 5_000 },
    ])
    expect(outcomes.get('a')).toMatchObject({ status: 'exited', stdout: Buffer.from('there\n') })
  })

  test('are verified both: the second sees no credential before its key is known', async () => {
    const { jump, target, hops } = await startHops()
    writeFileSync(jump.knownHostsFile, `[127.0.0.1]:${jump.hop.port} ${jump.hostKey}\n`)
    expect(failureOf(await enter(hops, jump))).toMatchObject({ hop: 'host1', stage: 'host-key' })
    expect(target.attempts).toEqual([])
  })

  test('end at the first, where its key is not known', async () => {
    const { jump, target, hops } = await startHops()
    writeFileSync(jump.knownHostsFile, `[127.0.0.1]:${target.hop.port} ${target.hostKey}\n`)
    expect(failureOf(await enter(hops, jump))).toMatchObject({ hop: 'bastion', stage: 'host-key' })
    expect([jump.attempts, target.connections()]).toEqual([[], 0])
  })

  test('let the key of the second be looked at', async () => {
    const { jump, target, hops } = await startHops()
    const scanned = await scanHostKey(hops, jump)
    expect(scanned).toMatchObject({ ok: true, fingerprint: fingerprintOf(target.hostKey) })
    expect(target.attempts).toEqual([])
  })

  test('blame the one that does not forward', async () => {
    const { jump, hops } = await startHops({})
    expect(failureOf(await enter(hops, jump))).toMatchObject({ hop: 'bastion', stage: 'session' })
  })

  test('blame the one that is down', async () => {
    const { jump, hops } = await startHops()
    const [bastion, host1] = hops as [Hop, Hop]
    expect(failureOf(await enter([bastion, { ...host1, port: 1 }], jump))).toMatchObject({
      hop: 'host1',
      stage: 'network',
      reason: '127.0.0.1 port 1: bastion cannot connect to it',
    })
  })

  test('blame the one that does not answer', async () => {
    const { jump, hops } = await startHops({
      onConnection: (connection) => {
        connection.on('tcpip', () => {}) // dials for ever
      },
    })
    expect(failureOf(await enter(hops, { ...jump, hopTimeoutMs: 400 }))).toMatchObject({
      hop: 'host1',
      stage: 'network',
      reason: expect.stringContaining('no answer through bastion within 0.4 s'),
    })
  })
})

describe('a server that is none, or a bad one', () => {
  /** Something listens, and does this with whoever comes. */
  async function startListener(
    serve: (socket: Socket) => void,
  ): Promise<{ hop: Hop; options: ConnectOptions }> {
    const host = await startHost()
    const sockets = new Set<Socket>()
    const listener: Server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      serve(socket)
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    closing.push(async () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    })
    const address = listener.address()
    if (!address || typeof address === 'string') throw new Error('the listener has no port')
    return {
      hop: { ...host.hop, port: address.port },
      options: { knownHostsFile: host.knownHostsFile, hopTimeoutMs: 600 },
    }
  }

  test.each<[string, (socket: Socket) => void, RegExp]>([
    ['says nothing', () => {}, /SSH was not ready within 0.6 s/],
    ['hangs up', (socket) => socket.end(), /broke before SSH was ready/],
    ['resets', (socket) => socket.resetAndDestroy(), /broke before SSH was ready|connection reset/],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /broke before SSH was ready/],
    [
      'greets a letter at a time',
      (socket) => {
        const timer = setInterval(() => socket.write('S'), 20)
        socket.once('close', () => clearInterval(timer))
      },
      /SSH was not ready within 0.6 s/,
    ],
    [
      'never stops greeting',
      (socket) => {
        const flood = Buffer.alloc(64 * 1024, 'Welcome to the best host of them all.\r\n')
        const more = (): void => {
          while (socket.writable && socket.write(flood));
        }
        socket.on('drain', more)
        more()
      },
      /broke before SSH was ready|SSH was not ready/,
    ],
  ])('%s: the network is blamed, in time and without memory', async (_, serve, reason) => {
    const { hop, options } = await startListener(serve)
    const [began, before] = [performance.now(), liveMemory()]
    const failure = failureOf(await enter([hop], options))
    expect(failure).toMatchObject({ hop: 'host1', stage: 'network', reason: expect.stringMatching(reason) })
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(liveMemory() - before).toBeLessThan(40 * 1024 * 1024)
  })

  test('nobody listens', async () => {
    const { hop, options } = await startListener(() => {})
    await closing.pop()?.()
    const failure = failureOf(await enter([hop], options))
    expect(failure?.reason).toBe(`127.0.0.1 port ${hop.port}: connection refused`)
  })

  test('stopping a run while it connects', async () => {
    const { hop, options } = await startListener(() => {})
    const stop = new AbortController()
    const connecting = enter([hop], { ...options, hopTimeoutMs: 60_000, signal: stop.signal })
    setTimeout(() => stop.abort(), 100)
    expect(failureOf(await connecting)?.reason).toBe('the run was stopped while connecting')
  })

  test.each<[string, string, RegExp]>([
    ['garbage', 'head -c 200000 /dev/urandom; cat >/dev/null', /was stopped|not be read|did not answer/],
    ['a program that ends at once', 'exit 5', /the probe program ended with status 5 on the host/],
    [
      'no perl',
      'echo "sh: 1: exec: perl: not found" >&2; exit 127',
      /^this host has no perl; install perl-base$/,
    ],
    [
      'a closed account',
      'echo; echo "This account is currently not available."; exit 1',
      /This account is currently not available/,
    ],
  ])('an exec that gives %s loses the wave', async (_, script, reason) => {
    const host = await startHost({ exec: (_command, channel) => runInShell(script, channel) })
    const connected = await enter([host.hop], host)
    if (!connected.ok) throw new Error(connected.failure.reason)
    const outcomes = await connected.session.run(
      [{ id: 'a', kind: 'shell', script: 'true', timeoutMs: 500 }],
      {
        signal: AbortSignal.timeout(1_500),
      },
    )
    expect(outcomes.get('a')).toMatchObject({ status: 'lost', reason: expect.stringMatching(reason) })
  })

  test('chatter of a login shell before the program does no harm', async () => {
    const host = await startHost({
      exec: (command, channel) => runInShell(`seq 20000; echo "0 exited 0 0 0 0 0"; ${command}`, channel),
    })
    const connected = await enter([host.hop], host)
    if (!connected.ok) throw new Error(connected.failure.reason)
    const outcomes = await connected.session.run([
      { id: 'a', kind: 'shell', script: 'echo real', timeoutMs: 5_000 },
    ])
    expect(outcomes.get('a')).toMatchObject({ status: 'exited', stdout: Buffer.from('real\n') })
  })
})
