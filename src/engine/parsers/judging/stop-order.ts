/** No command that somebody writes is longer; a search in it stays short whatever the host says. */
const LONGEST = 2000

const tool = /\b(?:systemctl|service|invoke-rc\.d|deb-systemd-invoke)\b/
const verb = /\b(?:stop|kill|mask)\b/
const stop = /\bstop\b/
/** Changes to a target stop all that the target does not want. */
const everything = /\b(?:isolate|rescue|emergency)\b/

/**
 * The order in a command line that stops the unit, from the tool to the end of what it names: "systemctl --quiet stop
 * debvisor". Undefined where there is none. A command ends at `;`, `&` or `|`.
 */
export function stopOrder(text: string, unit: string): string | undefined {
  for (const command of text.slice(0, LONGEST).split(/[;&|]/)) {
    const start = command.search(tool)
    const order = command.slice(Math.max(start, 0))
    const end = start < 0 ? undefined : endOfOrder(order, unit)
    if (end !== undefined) return order.slice(0, end)
  }
  return undefined
}

function endOfOrder(order: string, unit: string): number | undefined {
  const named = endOfName(order, unit, endOf(verb, order))
  if (named !== undefined) return named
  const before = endOfName(order, unit, 0)
  const stopped = before === undefined ? undefined : endOf(stop, order.slice(before))
  if (before !== undefined && stopped !== undefined) return before + stopped
  return endOf(everything, order)
}

function endOf(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)
  return found ? found.index + found[0].length : undefined
}

/** Where the unit's name ends: that unit, and none whose name begins or ends with its name. */
function endOfName(order: string, unit: string, from: number | undefined): number | undefined {
  const name = unit.endsWith(SERVICE) ? unit.slice(0, -SERVICE.length) : unit
  if (name === '' || from === undefined) return undefined
  for (let at = order.indexOf(name, from); at >= 0; at = order.indexOf(name, at + 1)) {
    if (/[\w@.-]/.test(order[at - 1] ?? '')) continue
    const end = at + name.length
    const long = order.startsWith(SERVICE, end) ? end + SERVICE.length : end
    if (!/^(?:[\w@-]|\.\w)/.test(order.slice(long, long + 2))) return long
  }
  return undefined
}

const SERVICE = '.service'
