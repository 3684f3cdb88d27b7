import { availableParallelism, totalmem } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Tests of root's own ways make users and sudoers files for as long as they run: only where that was asked for.
const asRoot = process.getuid?.() === 0 && process.env.DEBVISOR_TEST_REQUIRE_ALL === '1'
if (!asRoot) {
  process.stderr.write('Left out: test/**/*.root.test.ts (they need root and DEBVISOR_TEST_REQUIRE_ALL=1)\n')
}

// Tests of a whole bot wait half of their time: two more workers than there are cores. The embedded store takes 0.8 GB while it starts.
const GIGABYTE = 2 ** 30
const workers = Math.max(2, Math.min(availableParallelism() + 2, Math.floor(totalmem() / (2 * GIGABYTE))))

/** A process each: users of this machine, or the clock of its own event loop. */
const alone = ['test/**/*.root.test.ts', 'test/store/embedded/embedded.test.ts']
const never = ['test/lab/**', 'test/chaos/**', 'test/bench/**', ...(asRoot ? [] : ['test/**/*.root.test.ts'])]

/**
 * Those with a process each begin: in between they would end the worker that others share. Then come the folders whose files take the
 * longest, so that the last file to end is a short one.
 */
const longest = [
  '.root.test.ts',
  'test/store/embedded/embedded.test.ts',
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
      const at = longest.findIndex((folder) => moduleId.includes(folder))
      return at < 0 ? longest.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

/**
 * Tests run much code a few times. What V8 spends to optimize it, and to collect young objects again and again, does not come back: up to a
 * sixth of their CPU. Node 24 counts calls instead, refuses this option, and keeps its own thresholds.
 */
const compileLess = process.version.startsWith('v20.') ? ['--interrupt-budget=1000000'] : []

const common = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // A store lives too short in a test to earn back what the optimizing compiler of WebAssembly takes.
  execArgv: ['--liftoff-only', '--max-semi-space-size=64', ...compileLess],
}

export default defineConfig({
  test: {
    maxWorkers: workers,
    globalSetup: ['test/setup.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'alone', include: alone, exclude: never } },
      {
        test: {
          ...common,
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...never, ...alone],
          // They keep nothing but what they import. To import it anew took a third of the time of a test of the whole bot.
          isolate: false,
        },
      },
    ],
  },
})
