import { defineConfig } from 'vitest/config'

// Tests of root's own ways make users and sudoers files for as long as they run: only where that was asked for.
const asRoot = process.getuid?.() === 0 && process.env.DEBVISOR_TEST_REQUIRE_ALL === '1'
if (!asRoot) {
  process.stderr.write('Left out: test/**/*.root.test.ts (they need root and DEBVISOR_TEST_REQUIRE_ALL=1)\n')
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/chaos/**', 'test/bench/**', ...(asRoot ? [] : ['test/**/*.root.test.ts'])],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The embedded store takes 0.8 GB while it starts: two files at a time on a small machine.
    maxWorkers: 2,
  },
})
