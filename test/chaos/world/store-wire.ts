import { startTcpProxy, type TcpProxy } from '../../fakes/tcp-proxy.ts'

/** The wire between one replica and PostgreSQL. */
export interface StoreWire extends Pick<TcpProxy, 'cut' | 'close'> {
  readonly port: number
  /** Of the next COMMITs: the server's answer is lost, or the request itself. */
  loseCommits(what: 'answer' | 'request', times: number): void
  /** For so long nothing passes, on connections that are made meanwhile neither, and nobody is told. */
  blackHole(ms: number): void
  /** COMMITs whose answer, and whose request, was lost. */
  readonly lost: { readonly answer: number; readonly request: number }
  /** Plans nothing more. */
  clear(): void
}

/** A simple query of the protocol: Q, its length, the text, NUL. */
const COMMIT = Buffer.from('COMMIT\0')

export async function openStoreWire(target: number): Promise<StoreWire> {
  const planned: ('answer' | 'request')[] = []
  const lost = { answer: 0, request: 0 }
  const wire = await startTcpProxy(target, {
    loses(bytes) {
      if (planned.length === 0 || !bytes.includes(COMMIT)) return undefined
      const what = planned.shift()
      if (what) lost[what]++
      return what
    },
  })
  let until = 0
  return {
    port: wire.port,
    lost,
    cut: wire.cut,
    close: wire.close,
    loseCommits: (what, times) => void planned.push(...Array.from({ length: times }, () => what)),
    blackHole(ms) {
      until = Date.now() + ms
      const freeze = () => {
        if (Date.now() >= until) return
        wire.cut('freeze')
        setTimeout(freeze, 100)
      }
      freeze()
    },
    clear() {
      planned.length = 0
      until = 0
    },
  }
}
