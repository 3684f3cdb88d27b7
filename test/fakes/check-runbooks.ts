/** A program that checks the shipped runbooks, so that each process of the tests finds them checked, as it would in a package. */
import { shippedRunbooks } from '../../src/cli/set-up.ts'
import { keepChecked } from '../../src/engine/load-runbooks.ts'
import { printProblem } from '../../src/yaml/problem.ts'

const mistakes = keepChecked(shippedRunbooks)
if (mistakes.length > 0) {
  process.stderr.write(`${mistakes.map(printProblem).join('\n')}\n`)
  process.exit(1)
}
