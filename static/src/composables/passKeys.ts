import { nextTick } from 'vue'

/** A part that has a box puts the focus there by then. */
const FRAMES_TO_FOCUS = 6

export type Held = string | KeyboardEvent

/** Types what was held where the focus goes to; `before`: where it was before the part was drawn. */
export async function passKeys(shift: () => Held | undefined, before: Element | null): Promise<void> {
  const place = await focusedPlace(before)
  for (let next = shift(); next !== undefined; next = shift()) await type(place, next)
}

/** Where the focus is put; null where it stays. */
async function focusedPlace(before: Element | null): Promise<Element | null> {
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
