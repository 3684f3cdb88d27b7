// HEALTHCHECK of the image: ends with 0 if the bot in this container answers, else with 1. HEALTHCHECK_URL: where it listens, if not on port 8090.
const url = process.env.HEALTHCHECK_URL ?? 'http://127.0.0.1:8090/healthz'
try {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(4_000) })
  process.stdout.write(`${url} answered ${status}\n`)
  process.exitCode = status === 200 ? 0 : 1
} catch (error) {
  process.stdout.write(`${url} did not answer: ${error.cause?.code ?? error.name}\n`)
  process.exitCode = 1
}
