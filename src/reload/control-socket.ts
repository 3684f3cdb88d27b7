import { mkdir, readdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** What came of a reload, for whoever asked: sentences. */
export interface Reloaded {
  readonly ok: boolean
  readonly lines: readonly string[]
}

/** Of a Unix socket's address, with its end (unix(7)). */
const LONGEST_PATH = 107

/** Beside the store, and only for the user whose bot it is. */
const folderOf = (storeFolder: string): string => join(storeFolder, 'control')

/**
 * Lets `debvisor reload` on this machine ask this process: files are changed where the bot runs, whatever its store is, and
 * whoever asks reads what came of it. Throws where no socket can be made there; SIGHUP does the same.
 */
export async function openControl(storeFolder: string, reload: () => Promise<Reloaded>): Promise<Server> {
  const folder = folderOf(storeFolder)
  const path = join(folder, `${process.pid}.sock`)
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`${path} is too long for a socket`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Of a process that had this number before.
  await rm(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => {})
    reload().then((done) => socket.end(JSON.stringify(done)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  // It keeps no process alive.
  server.unref()
  return server
}

/** Loading takes a second or two; a schedule may have to wait for its store. */
const PATIENCE_MS = 60_000

export interface Answer extends Reloaded {
  readonly pid: number
}

/** Every bot of this machine whose store's folder that is. What a dead one left behind is taken away. */
export async function askForReload(storeFolder: string): Promise<readonly Answer[]> {
  const folder = folderOf(storeFolder)
  const names = await readdir(folder).catch(() => [])
  const answers: Answer[] = []
  for (const name of names.filter((each) => each.endsWith('.sock')).sort()) {
    const path = join(folder, name)
    const said = await ask(path)
    if (said === 'nobody') await rm(path, { force: true })
    else answers.push({ pid: Number.parseInt(name, 10), ...said })
  }
  return answers
}

function ask(path: string): Promise<Reloaded | 'nobody'> {
  return new Promise((resolve) => {
    const silent = { ok: false, lines: ['It did not say what came of it: look into its log.'] }
    let text = ''
    const socket = createConnection(path)
    socket.setEncoding('utf8').setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 'nobody' : refused(error)),
    )
    socket.on('close', () => {
      try {
        resolve(JSON.parse(text))
      } catch {
        resolve(silent)
      }
    })
  })
}

const refused = (error: NodeJS.ErrnoException): Reloaded => ({
  ok: false,
  lines: [`It cannot be asked (${error.code ?? error.message}): run this as the user that it runs as.`],
})
