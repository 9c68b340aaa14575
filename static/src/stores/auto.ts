import { defineStore } from 'pinia'
import { ref } from 'vue'

/** Models that the person wants for the next question in place of those that Auto would choose, by lane. */
export const useAuto = defineStore('auto', () => {
  const overruled = ref<{ [lane: string]: string }>({})

  function overrule(lane: string, model: string | null): void {
    const { [lane]: _before, ...others } = overruled.value
    overruled.value = model === null ? others : { ...others, [lane]: model }
  }

  /** What goes out with a message; the next question is chosen for anew. */
  function takeChoices(lanes: readonly string[]): { choices?: { [lane: string]: string } } {
    const choices = Object.fromEntries(Object.entries(overruled.value).filter(([lane]) => lanes.includes(lane)))
    overruled.value = {}
    return Object.keys(choices).length > 0 ? { choices } : {}
  }

  return { overruled, overrule, takeChoices }
})
