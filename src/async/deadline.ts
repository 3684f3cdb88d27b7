/**
 * A signal that aborts with the caller's or after `ms`. `end` when nothing waits for it any more. AbortSignal.any() is not
 * used: Node 20 may collect it before it fires.
 */
export function bounded(
  ms: number,
  cancel: AbortSignal | undefined,
): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, ms)
  if (cancel?.aborted) abort()
  cancel?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      cancel?.removeEventListener('abort', abort)
    },
  }
}
