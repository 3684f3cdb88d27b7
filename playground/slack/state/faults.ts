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
  /** Delivers each of the next n requests twice. */
  duplicateDeliveries(n: number): void
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
  takeDuplicate(): boolean
  readonly refusedBlocks: ReadonlySet<string>
}

export function openFaultBook(): FaultBook {
  const planned = new Map<string, ApiFault[]>()
  const refusedBlocks = new Set<string>()
  const left = { sockets: 0, duplicates: 0 }
  const plan = (method: string, fault: ApiFault, times: number) =>
    planned.set(method, [...(planned.get(method) ?? []), ...Array.from({ length: times }, () => fault)])
  const take = (what: keyof typeof left) => left[what] > 0 && left[what]-- > 0
  return {
    faults: {
      rateLimit: (method, seconds, times = 1) => void plan(method, { kind: 'rate_limit', seconds }, times),
      fail5xx: (method, times = 1) => void plan(method, { kind: 'unavailable' }, times),
      refuseBlock: (type) => void refusedBlocks.add(type),
      acceptThenHang: (method, times = 1) => void plan(method, { kind: 'hang' }, times),
      acceptThenBreak: (method, times = 1) => void plan(method, { kind: 'break' }, times),
      refuse: (method, error, times = 1) => void plan(method, { kind: 'refuse', error }, times),
      refuseSocket(times = 1) {
        left.sockets += times
      },
      duplicateDeliveries(n) {
        left.duplicates += n
      },
      clear() {
        planned.clear()
        refusedBlocks.clear()
        left.sockets = 0
        left.duplicates = 0
      },
    },
    takeFor: (method) => planned.get(method)?.shift(),
    takeSocketRefusal: () => take('sockets'),
    takeDuplicate: () => take('duplicates'),
    refusedBlocks,
  }
}
