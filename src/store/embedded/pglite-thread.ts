import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId, Worker } from 'node:worker_threads'
import { StoreError } from '../db.ts'
import type { Reply, Request, WorkerData } from './pglite-worker.ts'

type Answer = { readonly rows: unknown[]; readonly rowCount: number }
type Question = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never

export interface Thread {
  ask(question: Question): Promise<Answer>
  onNotification(hear: (channel: string, payload: string) => void): void
  /** Shuts the cluster down and ends the thread. */
  close(): Promise<void>
  /** Ends the thread at once; what is asked then and what was under way is refused. */
  abandon(): void
}

/** Starts the thread of pglite-worker.ts and resolves when its cluster answers. */
export async function startWorker(folder: string): Promise<Thread> {
  const worker = await newWorker({ folder, once: false, program: await programOfPostgres() })
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  const hearers: ((channel: string, payload: string) => void)[] = []
  let next = 0
  let dead: Error | undefined

  function die(error: Error): void {
    dead ??= error
    for (const { reject } of waiting.values()) reject(dead)
    waiting.clear()
  }
  function take(reply: Reply): void {
    if (reply.type === 'notification') for (const hear of hearers) hear(reply.channel, reply.payload)
    if (reply.type !== 'answer' && reply.type !== 'error') return
    const asker = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.type === 'answer') asker?.resolve(reply)
    else asker?.reject(Object.assign(new Error(reply.message), reply.fields))
  }

  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('its thread ended before it was ready')))
  })
  worker.on('message', take)
  worker.on('error', die)
  worker.on('exit', () => die(new StoreError('The embedded store is closed.')))

  function ask(question: Question): Promise<Answer> {
    if (dead) return Promise.reject(dead)
    const id = next++
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...question, id })
    })
  }
  return {
    ask,
    onNotification: (hear) => hearers.push(hear),
    async close() {
      if (!dead) await ask({ op: 'close' })
      await ended
    },
    abandon() {
      die(new StoreError('The embedded store was taken over by another process.'))
      void worker.terminate()
    },
  }
}

/** Makes an empty cluster in `folder`. */
export async function initCluster(folder: string): Promise<void> {
  const worker = await newWorker({ folder, once: true, program: await programOfPostgres() })
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`initdb ended with ${code}`))))
  })
}

let program: Promise<WebAssembly.Module> | undefined

/** Threads share it, and what one of them compiled of it: the second store of a process opens with a fifth less CPU. */
function programOfPostgres(): Promise<WebAssembly.Module> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  program ??= readFile(join(dirname(entry), 'pglite.wasm')).then(webAssembly.compile)
  return program
}

/** Node's types name what WebAssembly makes, and not what makes it. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<WebAssembly.Module> }
}

/** The file beside this one, as JavaScript: .js once built; from a source, compiled where an install keeps its caches. */
async function newWorker(workerData: WorkerData): Promise<Worker> {
  const extension = extname(import.meta.url)
  const file = new URL(`./pglite-worker${extension}`, import.meta.url)
  return new Worker(extension === '.js' ? file : await compiled(file), { workerData })
}

/** A loader of TypeScript in each thread would take longer to start than PGlite. Only development has the compiler. */
async function compiled(source: URL): Promise<string> {
  const text = await readFile(source, 'utf8')
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const file = fileURLToPath(
    new URL(`../../../node_modules/.cache/debvisor/pglite-worker-${digest}.mjs`, import.meta.url),
  )
  if (existsSync(file)) return file
  const { transform } = await import('esbuild')
  const fresh = `${file}.${process.pid}-${threadId}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(fresh, (await transform(text, { loader: 'ts' })).code)
  await rename(fresh, file)
  return file
}
