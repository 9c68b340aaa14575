import { type Component, defineAsyncComponent } from 'vue'

import type { Held } from './passKeys'

/** Keys that mean something in a box or the list below it; all others that have a name stay the browser's. */
const NAMED = ['Enter', 'Tab', 'Backspace', 'Delete', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']

/**
 * A part of the page that is loaded when it is first shown, and then takes the focus. What a person types
 * until it is there is meant for it, not for what still has the focus: it goes into the box that the part brings.
 */
export function onDemand<Part extends Component>(load: () => Promise<{ default: Part }>): Part {
  return defineAsyncComponent<Part>(() => {
    const held = holdKeys()
    return load().then(
      (part) => {
        void held.passOn()
        return part
      },
      (error: unknown) => {
        held.drop()
        throw error
      },
    )
  })
}

/** From now on, until one of what it returns is called: when the part is there, or will not be. */
function holdKeys() {
  let held: Held[] = []
  const holding = new AbortController()
  const options = { capture: true, signal: holding.signal }

  function hold(event: Event, what: Held): void {
    event.preventDefault()
    event.stopImmediatePropagation()
    held.push(what)
  }

  function onKey(event: KeyboardEvent): void {
    if (!event.isTrusted) return
    if (event.key === 'Escape') {
      held = []
      hold(event, event)
      holding.abort()
    } else if (NAMED.includes(event.key)) {
      hold(event, event)
    } else if (event.key.length === 1 && !isCommand(event)) {
      hold(event, event.key)
    }
  }

  window.addEventListener('keydown', onKey, options)
  window.addEventListener('paste', (event) => hold(event, event.clipboardData?.getData('text') ?? ''), options)
  // Whoever clicks elsewhere does not wait for it any more.
  window.addEventListener('pointerdown', drop, options)

  function drop(): void {
    held = []
    holding.abort()
  }

  async function passOn(): Promise<void> {
    const before = document.activeElement
    if (held.length > 0) await (await import('./passKeys')).passKeys(() => held.shift(), before)
    holding.abort()
  }
  return { passOn, drop }
}

function isCommand(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState('AltGraph')
}
