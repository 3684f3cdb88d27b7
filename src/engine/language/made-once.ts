/** What takes long to make is made when it is first asked for, and once. */
export function madeOnce<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
