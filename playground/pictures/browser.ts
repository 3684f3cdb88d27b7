import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

interface Answer {
  readonly id: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

type Call = (method: string, params?: object) => Promise<Record<string, unknown>>

export interface Browser {
  /** The whole page as PNG, however long it is. */
  photograph(html: string, size: { readonly width: number; readonly scale: number }): Promise<Buffer>
  close(): Promise<void>
}

/** Chromium without a window, spoken to over a pipe: JSON that ends with a NUL (Chrome DevTools Protocol). */
export async function openBrowser(program = 'chromium'): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'debvisor-pictures-'))
  const flags = [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    '--disable-gpu',
    '--font-render-hinting=none',
  ]
  const child = spawn(program, [...flags, '--remote-debugging-pipe', `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const browser = await callsTo(child)
  const { targetId } = await browser('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await browser('Target.attachToTarget', { targetId, flatten: true })
  const page: Call = (method, params) => browser(method, { ...params, sessionId })
  const { frameTree } = (await page('Page.getFrameTree')) as { frameTree: { frame: { id: string } } }

  return {
    async photograph(html, { width, scale }) {
      const metrics = { width, height: 800, deviceScaleFactor: scale, mobile: false }
      await page('Emulation.setDeviceMetricsOverride', metrics)
      await page('Page.setDocumentContent', { frameId: frameTree.frame.id, html })
      await page('Runtime.evaluate', { expression: 'document.fonts.ready', awaitPromise: true })
      const { result } = (await page('Runtime.evaluate', {
        expression: 'Math.ceil(document.body.getBoundingClientRect().height)',
      })) as { result: { value: number } }
      const clip = { x: 0, y: 0, width, height: result.value, scale: 1 }
      const { data } = await page('Page.captureScreenshot', {
        format: 'png',
        captureBeyondViewport: true,
        clip,
      })
      return Buffer.from(String(data), 'base64')
    },
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      await browser('Browser.close')
      await gone
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Calls are numbered; answers come in any order, between events that nobody waits for. */
async function callsTo(child: ChildProcess): Promise<Call> {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable]
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser has ended'))
  })
  let rest = ''
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const whole = (rest + chunk).split('\0')
    rest = whole.pop() ?? ''
    for (const line of whole) {
      const answer = JSON.parse(line) as Answer
      waiting.get(answer.id)?.resolve(answer)
      waiting.delete(answer.id)
    }
  })
  let calls = 0
  return async (method, { sessionId, ...params }: { sessionId?: unknown } = {}) => {
    const id = ++calls
    const answered = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }))
    to.write(`${JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })}\0`)
    const { result = {}, error } = await answered
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
}
