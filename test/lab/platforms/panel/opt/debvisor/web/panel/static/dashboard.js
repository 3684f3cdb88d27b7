const stats = document.getElementById('stats')

async function poll() {
  try {
    const answer = await fetch('/api/stats')
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    stats.textContent = JSON.stringify(await answer.json(), null, 2)
    stats.className = ''
  } catch {
    stats.className = 'stale'
  }
}

async function showAlerts() {
  const { alerts } = await (await fetch('/api/alerts')).json()
  const items = alerts.map(({ severity, title }) => {
    const item = document.createElement('li')
    item.textContent = `${severity}: ${title}`
    return item
  })
  document.getElementById('alerts').replaceChildren(...items)
}

poll()
showAlerts()
setInterval(poll, 2000)
