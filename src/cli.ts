#!/usr/bin/env node
import { terminal } from './cli/output/terminal.ts'
import { runCli } from './cli/program.ts'

const args = process.argv.slice(2)
const status = await runCli(terminal(process), process.env, args)
process.exitCode = status
// Whoever starts the bot again waits for this end. A socket to Slack that was just being opened, or what a library left open, must not hold it up;
// everything of ours is closed. Other commands end when all that they print is read.
if (args[0] === 'serve') setTimeout(() => process.exit(status), 1_000).unref()
