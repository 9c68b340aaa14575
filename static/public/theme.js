// Blocking and tiny on purpose: what a person has set is there before the first paint, so that nothing flashes.
(function () {
  var set = document.currentScript.dataset
  var unsent = {}
  try {
    // What the server does not have yet (stores/synced.ts).
    unsent = JSON.parse(localStorage.getItem('divan.' + set.person + '.unsent') || '{}')
  } catch (unreadable) {
    unsent = {}
  }
  var theme = unsent.theme || set.theme
  var root = document.documentElement
  root.dataset.theme = theme === 'light' || theme === 'dark' ? theme : 'system'
  root.dataset.textSize = unsent.text_size || set.textSize || 'normal'
  root.dataset.sidebar = (unsent.sidebar === undefined ? set.sidebar === 'False' : unsent.sidebar === false) ? 'closed' : 'open'
})()
