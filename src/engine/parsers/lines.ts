import { linesOf, type Parser, understood } from './parser.ts'

/**
 * `parse: lines`: `.lines`, the lines that are not blank. No output is an empty list.
 *
 *     nginx: [emerg] unexpected "}" in /etc/nginx/sites-enabled/debvisor:8
 *     nginx: configuration file /etc/nginx/nginx.conf test failed
 */
export const lines: Parser = {
  gives: { lines: true },
  parse: (text) => understood({ lines: linesOf(text) }),
}
