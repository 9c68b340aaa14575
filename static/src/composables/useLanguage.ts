import { readonly, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { chooseLanguage, type Language, LANGUAGE_NAMES, loadMessages } from '@/i18n'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'

/** The page speaks the language that is chosen, here or on another device; where its texts do not come, that is said. */
export function useLanguage() {
  const i18n = useI18n()
  const preferences = usePreferences()
  const toasts = useToasts()
  const loading = ref(false)

  async function speak(language: string | null, before: string | null | undefined): Promise<void> {
    const chosen = chooseLanguage(language)
    // At once where its texts are here: what is said of the change is said in it.
    const known = i18n.availableLocales.includes(chosen) || (await load(chosen))
    if (!known) return tell(chosen, () => void speak(language, before))
    if (language !== preferences.language) return
    i18n.locale.value = chosen
    document.documentElement.lang = chosen
    // On the first run null says that nothing was chosen here, not that the login page's choice is void.
    if (language !== null || before !== undefined) remember(language)
  }

  /** Whether its texts came. */
  async function load(language: Language): Promise<boolean> {
    loading.value = true
    try {
      i18n.setLocaleMessage(language, await loadMessages(language))
      return true
    } catch {
      return false
    } finally {
      loading.value = false
    }
  }

  function tell(language: Language, retry: () => void): void {
    document.documentElement.lang = i18n.locale.value
    toasts.show(i18n.t('connection.languageMissing', { language: LANGUAGE_NAMES[language] }), {
      tone: 'error',
      action: { label: i18n.t('common.retry'), run: retry },
    })
  }

  watch(() => preferences.language, speak, { immediate: true })

  return { loading: readonly(loading) }
}

/** The server's own sentences (errors, titles) come in the language that was chosen here. */
function remember(language: string | null): void {
  const age = language === null ? 0 : 31_536_000
  document.cookie = `django_language=${language ?? ''}; path=/; max-age=${age}; samesite=lax`
}
