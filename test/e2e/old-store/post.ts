/** The bot shares this process's pool of connections: it must not find one that a server closes at that moment. */
export const json = { 'content-type': 'application/json', connection: 'close' }

export async function post(
  url: string,
  body: object,
  headers = {},
): Promise<Readonly<Record<string, unknown>>> {
  const all = { ...json, ...headers }
  const answer = await fetch(url, { method: 'POST', headers: all, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return answer.json() as Promise<Readonly<Record<string, unknown>>>
}
