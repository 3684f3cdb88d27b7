import { decimal, notUnderstood, type Parser, understood, whole, words } from '../parser.ts'

/**
 * /proc/loadavg: `.fields`. `running` and `tasks` are threads that can run now, and all there are.
 *
 *     0.20 0.18 0.12 1/80 11206
 */
export const loadavg: Parser = {
  gives: { fields: { load1: 'double', load5: 'double', load15: 'double', running: 'int', tasks: 'int' } },
  parse(text) {
    const [one = '', five = '', fifteen = '', tasks = ''] = words(text.split('\n')[0] ?? '')
    const [load1, load5, load15] = [one, five, fifteen].map(decimal)
    const [running, all] = tasks.split('/').map(whole)
    if (load1 === undefined || load5 === undefined || load15 === undefined || all === undefined)
      return notUnderstood('/proc/loadavg', text)
    return understood({ fields: { load1, load5, load15, running, tasks: all } })
  },
}
