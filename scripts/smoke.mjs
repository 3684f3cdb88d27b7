// Start the built app as its users do, `node dist/cli.js serve`, before an emulated Slack in both modes: /health answers 200, a command is
// acknowledged, and SIGTERM ends it with status 0.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startFakeSlack } from '../playground/slack/fake-slack.ts'
import { openDemoHosts } from '../playground/ssh/demo-hosts.ts'

const STARTS_WITHIN_MS = 60_000
const ENDS_WITHIN_MS = 15_000
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

async function smoke(mode) {
  const fakeSlack = await startFakeSlack({ mode })
  const demoHosts = await openDemoHosts({
    hosts: ['host1'],
    config: `slack: { mode: ${mode}, apiUrl: '${fakeSlack.apiUrl}' }\n`,
  })
  const app = serve(fakeSlack, demoHosts.config)
  const log = []
  try {
    const url = await addressOf(app, log)
    if (mode === 'http') fakeSlack.deliverTo(`${url}/slack/events`)
    const { status: health } = await fetch(`${url}/health`)
    if (health !== 200) throw new Error(`/health answered ${health}`)
    const { status, ackMs, error } = await fakeSlack.command('hosts')
    if (status !== 200) throw new Error(`the command was not acknowledged: ${error}`)
    const ended = await end(app)
    console.log(`${mode}: /health 200, acknowledged after ${Math.round(ackMs)} ms, ended after ${ended} ms`)
  } catch (error) {
    console.error(log.join('\n'))
    throw error
  } finally {
    app.kill('SIGKILL')
    await fakeSlack.close()
    await demoHosts.close()
  }
}

function serve(fakeSlack, config) {
  return spawn(process.execPath, [cli, 'serve', '--config', config], {
    env: {
      ...process.env,
      SLACK_BOT_TOKEN: fakeSlack.botToken,
      SLACK_APP_TOKEN: fakeSlack.appToken,
      SLACK_SIGNING_SECRET: fakeSlack.signingSecret,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Where it listens: its log, a JSON object a line, says so when it is up. */
function addressOf(app, log) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not up after ${STARTS_WITHIN_MS} ms`)), STARTS_WITHIN_MS)
    app.once('exit', (code) => reject(new Error(`it ended with status ${code} before it was up`)))
    createInterface({ input: app.stdout }).on('line', (line) => {
      log.push(line)
      if (!line.includes('"the bot is up"')) return
      clearTimeout(timer)
      resolve(JSON.parse(line).url)
    })
  })
}

/** Milliseconds from SIGTERM to the end. */
async function end(app) {
  const began = performance.now()
  const exit = once(app, 'exit', { signal: AbortSignal.timeout(ENDS_WITHIN_MS) })
  app.kill('SIGTERM')
  const [code, signal] = await exit.catch(() => {
    throw new Error(`still there ${ENDS_WITHIN_MS} ms after SIGTERM`)
  })
  if (code !== 0) throw new Error(`SIGTERM ended it with status ${code ?? signal}`)
  return Math.round(performance.now() - began)
}

for (const mode of ['socket', 'http']) {
  await smoke(mode).catch((error) => {
    console.error(`${mode}: ${error.message}`)
    process.exitCode = 1
  })
}
