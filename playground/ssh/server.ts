import { spawn } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2'

/** A key-only SSH server on loopback whose commands run on this machine, in /bin/sh. */
export interface SshServer {
  readonly port: number
  close(): Promise<void>
}

export interface SshServerOptions {
  readonly user: string
  /** Private host keys, as PEM or OpenSSH text. */
  readonly hostKeys: readonly string[]
  /** The one public key that may log in, as a line of authorized_keys. */
  readonly authorizedKey: string
  /** Further logins with a key each. */
  readonly others?: readonly { readonly user: string; readonly authorizedKey: string }[]
  readonly port?: number
  /** Takes an exec request in place of the shell. */
  readonly exec?: (command: string, channel: ServerChannel) => void
  /** A login asks for a command, and has no answer yet. */
  readonly beforeExec?: (user: string) => void
  /** Every connection that comes in, before it says anything. */
  readonly onConnection?: (connection: Connection) => void
  readonly onAuthentication?: (attempt: AuthContext) => void
}

export interface KeyPair {
  /** OpenSSH text of the private key, and the line for authorized_keys or known_hosts. */
  readonly private: string
  readonly public: string
}

/**
 * A fresh ed25519 key. ssh2 1.17 drops the zeros that one public key in 256 begins with: such a one is drawn
 * again.
 */
export function newKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.public) instanceof Error)) return pair
  }
}

/** Listens on 127.0.0.1, on a free port unless one is given. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const authorized = new Map<string, ParsedKey>()
  for (const { user, authorizedKey } of [options, ...(options.others ?? [])]) {
    const key = ssh2.utils.parseKey(authorizedKey)
    if (key instanceof Error) throw key
    authorized.set(user, key)
  }
  const server = new ssh2.Server({ hostKeys: [...options.hostKeys] }, (connection) =>
    serve(connection, authorized, options),
  )
  const sockets = new Set<Socket>()
  // A listener of our own: ssh2's leaves Nagle's algorithm on.
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    server.injectSocket(socket)
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = listener.address()
  if (!address || typeof address === 'string') throw new Error('the listener has no port')
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function serve(
  connection: Connection,
  authorized: ReadonlyMap<string, ParsedKey>,
  options: SshServerOptions,
): void {
  connection.on('error', () => {}) // a client that breaks off is no error of ours
  options.onConnection?.(connection)
  let user = ''
  connection.on('authentication', (attempt) => {
    user = attempt.username
    options.onAuthentication?.(attempt)
    const key = authorized.get(attempt.username)
    if (key && holdsKey(attempt, key)) attempt.accept()
    else attempt.reject(['publickey'])
  })
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => {
      options.beforeExec?.(user)
      const run = options.exec ?? runInShell
      run(command, acceptExec())
    })
  })
}

/** The client first asks whether a key would do, and signs when told yes. */
function holdsKey(attempt: AuthContext, authorized: ParsedKey): boolean {
  if (attempt.method !== 'publickey' || !attempt.key.data.equals(authorized.getPublicSSH())) return false
  if (!attempt.signature || !attempt.blob) return true
  return authorized.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true
}

/** Like sshd: a client that goes away closes the command's input, and does not kill it. */
export function runInShell(command: string, channel: ServerChannel): void {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' })
  channel.on('error', () => {})
  child.stdin.on('error', () => {})
  child.stdout.on('error', () => {})
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.on('close', () => {
    child.stdin.destroy()
    child.stdout.destroy()
    child.stderr.destroy()
  })
  child.on('error', () => channel.exit(127))
  child.on('close', (code, signal) => {
    if (signal) channel.exit(signal.replace(/^SIG/, ''), false, '')
    else channel.exit(code ?? 0)
    channel.end()
  })
}
