import { useI18n } from 'vue-i18n'

import { fileNameIn } from '@/domain/fileNames'
import { useConnection } from '@/stores/connection'
import { usePreferences } from '@/stores/preferences'
import { useToasts } from '@/stores/toasts'

export const FORMATS = ['markdown', 'html', 'json', 'jsonl', 'text'] as const
const SUFFIXES = { markdown: 'md', html: 'html', json: 'json', jsonl: 'jsonl', text: 'txt' } as const
const ARCHIVE = 'divan-conversations.zip'

export type ExportFormat = (typeof FORMATS)[number]

export function useExport() {
  const { t } = useI18n()
  const connection = useConnection()
  const toasts = useToasts()
  const preferences = usePreferences()
  const scope = (): 'path' | 'all' => (preferences.exportPath ? 'path' : 'all')

  const one = (conversation: string, format: ExportFormat): Promise<void> =>
    fetched(
      `/api/conversations/${conversation}/export?format=${format}&scope=${scope()}`,
      {},
      `${conversation}.${SUFFIXES[format]}`,
    )

  const some = (ids: readonly string[], format: ExportFormat): Promise<void> =>
    fetched(
      '/api/export',
      {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-CSRFToken': connection.http.csrf() },
        body: JSON.stringify({ ids, format, scope: scope() }),
      },
      ARCHIVE,
    )

  /** Linked to, so that the browser writes it to the disk as it arrives: it may be larger than memory. */
  function everything(format: ExportFormat): void {
    save(`/api/export?format=${format}&scope=${scope()}`, ARCHIVE)
    toasts.show(t('export.begun'))
  }

  /** Fetched rather than linked to, so that a refusal becomes words and not a page of JSON. `name`: where the
   * server says none. */
  async function fetched(url: string, init: RequestInit, name: string): Promise<void> {
    try {
      const response = await fetch(url, { credentials: 'same-origin', ...init })
      if (!response.ok) throw new Error(response.statusText)
      const address = URL.createObjectURL(await response.blob())
      save(address, fileNameIn(response.headers.get('Content-Disposition')) ?? name)
      setTimeout(() => URL.revokeObjectURL(address), 10_000)
    } catch {
      toasts.show(t('export.failed'), { tone: 'error' })
    }
  }

  return { one, some, everything }
}

function save(href: string, name: string): void {
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
}
