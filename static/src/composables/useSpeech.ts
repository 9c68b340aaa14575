import { computed, onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { spokenLanguage, spokenParagraphs } from '@/domain/speech'

/** Whose text is being read: the machine has one voice. */
const reader = ref<symbol | null>(null)

/** Reads aloud with the voices of this machine. */
export function useSpeech() {
  const { locale } = useI18n()
  const self = Symbol('reader')
  const speaking = computed(() => reader.value === self)
  const supported = 'speechSynthesis' in window

  /** Paragraph by paragraph: some voices fall silent in the middle of a long text. */
  function start(text: string): void {
    speechSynthesis.cancel()
    const lang = spokenLanguage(text, locale.value)
    const said = spokenParagraphs(text).map((words) => Object.assign(new SpeechSynthesisUtterance(words), { lang }))
    const last = said.at(-1)
    if (!last) return
    reader.value = self
    last.onend = () => end()
    for (const each of said) {
      each.onerror = () => end()
      speechSynthesis.speak(each)
    }
  }

  function end(): void {
    if (speaking.value) reader.value = null
  }

  function stop(): void {
    if (speaking.value) speechSynthesis.cancel()
    end()
  }

  function toggle(text: string): void {
    if (speaking.value) stop()
    else start(text)
  }

  onScopeDispose(stop)
  return { supported, speaking, toggle }
}
