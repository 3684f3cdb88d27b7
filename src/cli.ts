#!/usr/bin/env node
import { runCli } from './cli/program.ts'
import { terminal } from './cli/terminal.ts'

process.exitCode = await runCli(terminal(process), process.env, process.argv.slice(2))
