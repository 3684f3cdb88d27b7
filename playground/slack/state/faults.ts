/** What goes wrong on purpose. Each stays until it is used up, or until `clear()`. */
export interface Faults {
  /** 429 with Retry-After for the next calls of a method. */
  rateLimit(method: string, retryAfterSeconds: number, times?: number): void
  /** 503 for the next calls of a method. */
  fail5xx(method: string, times?: number): void
  /** This block type is refused as unknown from now on, as on a workspace that has not got it yet. */
  refuseBlock(type: string): void
  /** The next calls are carried out, but their answer never comes. */
  acceptThenHang(method: string, times?: number): void
  /** The next calls are carried out, but the connection breaks before the answer. */
  acceptThenBreak(method: string, times?: number): void
  /** Any refusal: `{ ok: false, error }`. */
  refuse(method: string, error: string, times?: number): void
  /** Cuts every socket without a word. */
  dropSocket(): void
  /** Slack's own request to connect anew: a `disconnect` message. */
  recycleSocket(): void
  /** Answers the next attempts to open a WebSocket with 503. */
  refuseSocket(times?: number): void
  /** Delivers each of the next n requests twice: at once, or the second time only after so long. */
  duplicateDeliveries(n: number, afterMs?: number): void
  clear(): void
}

export type ApiFault =
  | { readonly kind: 'rate_limit'; readonly seconds: number }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'break' }
  | { readonly kind: 'refuse'; readonly error: string }

export interface FaultBook {
  readonly faults: Omit<Faults, 'dropSocket' | 'recycleSocket'>
  /** What happens to this call; it is then used up. */
  takeFor(method: string): ApiFault | undefined
  takeSocketRefusal(): boolean
  /** After how many milliseconds this delivery comes a second time; undefined: it does not. */
  takeDuplicate(): number | undefined
  readonly refusedBlocks: ReadonlySet<string>
}

export function openFaultBook(): FaultBook {
  const planned = new Map<string, ApiFault[]>()
  const refusedBlocks = new Set<string>()
  let socketsLeft = 0
  const duplicates: number[] = []
  const plan = (method: string, fault: ApiFault, times: number) =>
    planned.set(method, [...(planned.get(method) ?? []), ...Array.from({ length: times }, () => fault)])
  return {
    faults: {
      rateLimit: (method, seconds, times = 1) => void plan(method, { kind: 'rate_limit', seconds }, times),
      fail5xx: (method, times = 1) => void plan(method, { kind: 'unavailable' }, times),
      refuseBlock: (type) => void refusedBlocks.add(type),
      acceptThenHang: (method, times = 1) => void plan(method, { kind: 'hang' }, times),
      acceptThenBreak: (method, times = 1) => void plan(method, { kind: 'break' }, times),
      refuse: (method, error, times = 1) => void plan(method, { kind: 'refuse', error }, times),
      refuseSocket(times = 1) {
        socketsLeft += times
      },
      duplicateDeliveries(n, afterMs = 0) {
        duplicates.push(...Array.from({ length: n }, () => afterMs))
      },
      clear() {
        planned.clear()
        refusedBlocks.clear()
        socketsLeft = 0
        duplicates.length = 0
      },
    },
    takeFor: (method) => planned.get(method)?.shift(),
    takeSocketRefusal: () => socketsLeft > 0 && socketsLeft-- > 0,
    takeDuplicate: () => duplicates.shift(),
    refusedBlocks,
  }
}
