import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBrowser } from './browser.ts'
import { pageOf } from './page.ts'
import { scenes } from './scenes.ts'

/**
 * Photographs the messages that people see most, as wide as a desktop and a telephone show them, into docs/pictures/, or
 * some of them into another folder: `npm run pictures -- docs/pictures home`. It
 * needs what nothing else here does: `apt-get install chromium fonts-lato fonts-noto-color-emoji pngquant`.
 */
const [, , folder = 'docs/pictures', ...only] = process.argv
const sizes = [
  { name: 'desktop', width: 900, scale: 1 },
  { name: 'phone', width: 390, scale: 1.5 },
] as const

/** A message has few colours: a third of the bytes. */
function withFewColours(png: Buffer): Buffer {
  const done = spawnSync('pngquant', ['--speed', '1', '--strip', '48', '-'], {
    input: png,
    maxBuffer: 2 ** 26,
  })
  if (done.status !== 0) throw new Error(`pngquant: ${done.error?.message ?? done.stderr}`)
  return done.stdout
}

// The renderer tells times in this machine's zone.
process.env.TZ = 'UTC'
mkdirSync(folder, { recursive: true })
const browser = await openBrowser()
try {
  for (const [name, scene] of Object.entries(scenes())) {
    if (only.length > 0 && !only.includes(name)) continue
    for (const size of sizes) {
      if (scene.kind === 'lock-screen' && size.name === 'desktop') continue
      const png = withFewColours(await browser.photograph(pageOf(scene, size.width), size))
      const file = join(folder, `${name}-${size.name}.png`)
      writeFileSync(file, png)
      process.stdout.write(`${file} ${Math.round(png.length / 1_000)} kB\n`)
    }
  }
} finally {
  await browser.close()
}
