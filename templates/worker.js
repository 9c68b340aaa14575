// Only what a notification needs: phones show none without a service worker. It answers no request, so that the
// page is always the server's own.
addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(show(event.notification.data.conversation))
})

/** In a window that is open already, where there is one. */
async function show(conversation) {
  const [window] = await clients.matchAll({ type: 'window' })
  if (!window) return clients.openWindow(`/c/${encodeURIComponent(conversation)}`)
  window.postMessage({ conversation })
  return window.focus()
}
