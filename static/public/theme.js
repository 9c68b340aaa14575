// Blocking and tiny on purpose: the theme is set before the first paint, so that nothing flashes.
(function () {
  var theme = null
  var sidebar = null
  try {
    var kept = JSON.parse(localStorage.getItem('divan.preferences') || '{}')
    theme = kept.theme
    sidebar = kept.sidebar
  } catch (unreadable) {
    theme = null
  }
  var root = document.documentElement
  root.dataset.theme = theme === 'light' || theme === 'dark' ? theme : 'system'
  root.dataset.sidebar = sidebar === false ? 'closed' : 'open'
})()
