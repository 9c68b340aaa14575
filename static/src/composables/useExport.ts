import { useI18n } from 'vue-i18n'

import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'

const FORMATS = ['markdown', 'html', 'json', 'jsonl', 'text'] as const
const SUFFIXES = { markdown: 'md', html: 'html', json: 'json', jsonl: 'jsonl', text: 'txt' } as const

export type ExportFormat = (typeof FORMATS)[number]

export function useExport() {
  const { t } = useI18n()
  const toasts = useToasts()
  const preferences = usePreferences()

  /** Fetched rather than linked to, so that a refusal becomes words and not a page of JSON. */
  async function run(conversation: string, format: ExportFormat): Promise<void> {
    const scope = preferences.exportPath ? 'path' : 'all'
    try {
      const response = await fetch(`/api/conversations/${conversation}/export?format=${format}&scope=${scope}`, { credentials: 'same-origin' })
      if (!response.ok) throw new Error(response.statusText)
      saveAs(await response.blob(), `${conversation}.${SUFFIXES[format]}`)
    } catch {
      toasts.show(t('export.failed'), { tone: 'error' })
    }
  }

  return { formats: FORMATS, run }
}

function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
