/** Counts what was checked. A check passes unless it throws, and the others go on. */
export interface Tally {
  check(name: string, work: () => unknown): Promise<boolean>
  /** The line that CI reads, and the exit status. */
  close(): number
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

export function makeTally(): Tally {
  const counted = { passed: 0, failed: 0 }
  return {
    async check(name, work) {
      const began = performance.now()
      const took = () => `(${((performance.now() - began) / 1000).toFixed(1)} s)`
      try {
        await work()
        counted.passed++
        say(`ok    ${name} ${took()}`)
        return true
      } catch (error) {
        counted.failed++
        say(`FAIL  ${name} ${took()}`)
        say(`      ${(error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n      ')}`)
        return false
      }
    },
    close() {
      say(`${counted.passed} passed, ${counted.failed} failed`)
      return counted.failed === 0 && counted.passed > 0 ? 0 : 1
    },
  }
}
