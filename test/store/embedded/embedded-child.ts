/** A process of its own on the embedded store of argv[2]: writes rows until it is killed, and says which ones were acknowledged. */
import { openStore } from '../../../src/store/open-store.ts'

const db = await openStore({ folder: process.argv[2] ?? '' })
await db.query('CREATE TABLE IF NOT EXISTS public.acknowledged (n integer PRIMARY KEY)')
for (let n = 1; ; n++) {
  await db.query('INSERT INTO public.acknowledged VALUES ($1)', [n])
  process.stdout.write(`${n}\n`)
}
