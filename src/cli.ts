#!/usr/bin/env node
import { terminal } from './cli/output/terminal.ts'
import { runCli } from './cli/program.ts'

process.exitCode = await runCli(terminal(process), process.env, process.argv.slice(2))
