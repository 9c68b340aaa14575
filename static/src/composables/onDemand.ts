import { type Component, defineAsyncComponent, nextTick } from 'vue'

/** Keys that mean something in a box or the list below it; all others that have a name stay the browser's. */
const NAMED = ['Enter', 'Tab', 'Backspace', 'Delete', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']
/** A part that has a box puts the focus there by then. */
const FRAMES_TO_FOCUS = 6

type Held = string | KeyboardEvent

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
    const place = await focusedPlace()
    for (let next = held.shift(); next !== undefined; next = held.shift()) await type(place, next)
    holding.abort()
  }
  return { passOn, drop }
}

function isCommand(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState('AltGraph')
}

/** Where the focus is put; null where it stays. */
async function focusedPlace(): Promise<Element | null> {
  const before = document.activeElement
  for (let frame = 0; frame < FRAMES_TO_FOCUS; frame += 1) {
    await nextFrame()
    if (document.activeElement !== before && isBox(document.activeElement)) break
  }
  return document.activeElement === before ? null : document.activeElement
}

function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve))
}

function isBox(place: Element | null): place is HTMLInputElement | HTMLTextAreaElement {
  return place instanceof HTMLInputElement || place instanceof HTMLTextAreaElement
}

/** As if it were typed there: what listens to keys hears of it, and what nothing takes is done as by the browser. */
async function type(place: Element | null, what: Held): Promise<void> {
  if (typeof what === 'string') {
    if (isBox(place)) document.execCommand('insertText', false, what)
    return
  }
  if (!isBox(place) && what.key !== 'Escape') return
  // By then the list below a box is drawn for all that was typed before.
  await nextTick()
  await nextFrame()
  const { key, code, shiftKey, ctrlKey, metaKey } = what
  const again = { key, code, shiftKey, ctrlKey, metaKey, bubbles: true, cancelable: true }
  const untaken = place?.dispatchEvent(new KeyboardEvent('keydown', again))
  if (untaken && key === 'Backspace') document.execCommand('delete')
  if (untaken && key === 'Enter' && place instanceof HTMLInputElement) place.form?.requestSubmit()
}
