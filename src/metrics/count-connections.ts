import type { Connected } from '../ssh/outcome.ts'
import type { Meter } from './meter.ts'

/** Connections to hosts that are counted, each as its login. */
export interface CountedConnections {
  /** Sessions that are open now. */
  open(): number
  count<Route>(login: 'diagnose' | 'fix', connect: Connect<Route>): Connect<Route>
}

type Connect<Route> = (route: Route, signal?: AbortSignal) => Promise<Connected>

export function countConnections(meter: Meter | undefined): CountedConnections {
  let open = 0
  return {
    open: () => open,
    count(login, connect) {
      if (!meter) return connect
      return async (route, signal) => {
        const began = performance.now()
        const connected = await connect(route, signal)
        meter.observe('debvisor_ssh_connect_seconds', (performance.now() - began) / 1_000, { login })
        // Whoever stops a run says nothing of its host.
        const outcome = connected.ok ? 'ok' : signal?.aborted ? 'stopped' : connected.failure.stage
        meter.add('debvisor_ssh_connections_total', { login, outcome })
        if (!connected.ok) return connected
        const { session } = connected
        open += 1
        let closed = false
        const close = async (): Promise<void> => {
          if (!closed) open -= 1
          closed = true
          await session.close()
        }
        return { ok: true, session: { ...session, close } }
      }
    },
  }
}
