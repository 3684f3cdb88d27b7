import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', 'test/chaos/**', 'test/bench/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The embedded store takes 0.8 GB while it starts: two files at a time on a small machine.
    maxWorkers: 2,
  },
})
