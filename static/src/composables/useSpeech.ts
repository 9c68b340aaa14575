import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'

/** Reads aloud with the voices of this machine. */
export function useSpeech() {
  const { locale } = useI18n()
  const speaking = ref(false)
  const supported = 'speechSynthesis' in window

  function toggle(text: string): void {
    const stopping = speaking.value
    stop()
    if (stopping) return
    const words = new SpeechSynthesisUtterance(text.replaceAll(/[*_`#>|]/g, ''))
    words.lang = locale.value
    words.onend = () => {
      speaking.value = false
    }
    words.onerror = words.onend
    speaking.value = true
    speechSynthesis.speak(words)
  }

  function stop(): void {
    if (speaking.value) speechSynthesis.cancel()
    speaking.value = false
  }

  onScopeDispose(stop)
  return { supported, speaking, toggle }
}
