import { availableParallelism, totalmem } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Tests of root's own ways make users and sudoers files for as long as they run: only where that was asked for.
const asRoot = process.getuid?.() === 0 && process.env.DEBVISOR_TEST_REQUIRE_ALL === '1'
if (!asRoot) {
  process.stderr.write('Left out: test/**/*.root.test.ts (they need root and DEBVISOR_TEST_REQUIRE_ALL=1)\n')
}

// They wait much: one more of them than there are cores. The embedded store takes 0.8 GB while it starts.
const GIGABYTE = 2 ** 30
const workers = Math.max(2, Math.min(availableParallelism() + 1, Math.floor(totalmem() / (2 * GIGABYTE))))

/** The folders whose files take the longest, in the order in which they begin: the last file to end then is a short one. */
const longest = [
  'test/e2e/',
  'test/escalation/',
  'test/fixes/',
  'test/runs/',
  'test/store/',
  'test/cli/',
  'test/recordings.test.ts',
  'test/redact/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((folder) => moduleId.includes(`/${folder}`))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/** A process each: a whole bot in it, users of this machine, or the clock of its own event loop. */
const whole = ['test/e2e/**/*.test.ts', 'test/**/*.root.test.ts', 'test/store/embedded/embedded.test.ts']
const never = ['test/lab/**', 'test/chaos/**', 'test/bench/**', ...(asRoot ? [] : ['test/**/*.root.test.ts'])]

const common = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  globalSetup: ['test/setup.ts'],
  // A store lives too short in a test to earn back what the optimizing compiler of WebAssembly takes.
  execArgv: ['--liftoff-only'],
}

export default defineConfig({
  test: {
    maxWorkers: workers,
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'whole', include: whole, exclude: never } },
      {
        test: {
          ...common,
          name: 'part',
          include: ['test/**/*.test.ts'],
          exclude: [...never, ...whole],
          // They keep nothing but what they import, and to import it anew was a good part of their time.
          isolate: false,
        },
      },
    ],
  },
})
