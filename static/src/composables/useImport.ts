import { computed, onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import { useChats } from '@/stores/chats'
import { useConnection } from '@/stores/connection'
import { type Uploading, uploadFile } from '@/transport/upload'

import { useFormat } from './useFormat'

interface Remark {
  name: string
  reason: string
}

export interface Report {
  conversations: number
  messages: number
  attachments: number
  /** How many were left out, by reason. */
  skipped: { [reason: string]: number }
  /** Files and conversations that could not be taken. */
  unread: Remark[]
  /** What came in although something was wrong in it. */
  mended: Remark[]
  /** All of it could be read, and was here before. */
  nothing_new: boolean
  /** It was stopped before all of it was taken in. */
  stopped: boolean
}

type Step =
  { type: 'progress'; conversations: number } | ({ type: 'imported' } & Report) | { type: 'error'; message: string }

/** An import from the choice of a file to its report: first only counted, then taken in. */
export function useImport() {
  const { t } = useI18n()
  const format = useFormat()
  const chats = useChats()
  const connection = useConnection()
  const stage = ref<'choosing' | 'uploading' | 'checking' | 'counted' | 'importing' | 'done'>('choosing')
  const name = ref('')
  /** The share of the upload that has been sent, 0…1. */
  const sent = ref(0)
  const taken = ref(0)
  const report = ref<Report | null>(null)
  const failure = ref('')
  /** Whether it can be stopped: not before the server has begun. */
  const stoppable = ref(false)
  const stopping = ref(false)
  let upload: string | null = null
  let sending: Uploading | null = null

  const nothing = computed(() => report.value?.conversations === 0)

  async function choose(file: File | undefined): Promise<void> {
    if (!file) return
    restart()
    if (file.size > boot.maxImportBytes) return fail(t('imports.tooLarge', { size: format.bytes(boot.maxImportBytes) }))
    name.value = file.name
    stage.value = 'uploading'
    const mine = uploadFile('/api/import?dry_run=true', { file }, connection.http.csrf(), (share) => {
      sent.value = share
      if (share === 1 && stage.value === 'uploading') stage.value = 'checking'
    })
    sending = mine
    try {
      const counted = (await mine.done) as Report & { upload: string }
      if (sending !== mine) return void discard(counted.upload)
      upload = counted.upload
      report.value = counted
      stage.value = 'counted'
    } catch (error) {
      if (sending === mine) fail((error as Error).message)
    }
  }

  async function start(): Promise<void> {
    if (upload === null) return
    stage.value = 'importing'
    taken.value = 0
    stoppable.value = false
    stopping.value = false
    try {
      for await (const step of connection.http.stream<Step>(`/api/import/${upload}`, {})) {
        stoppable.value = step.type === 'progress'
        if (step.type === 'progress') taken.value = step.conversations
        else if (step.type === 'error') fail(step.message)
        else finish(step)
      }
    } catch (error) {
      fail((error as Error).message)
    }
    upload = null
    await chats.load()
  }

  /** The one that is on its way; what it took in stays. */
  async function stop(): Promise<void> {
    stopping.value = true
    if (upload !== null)
      await connection.http
        .call('DELETE /api/import/{upload}', { path: { upload } })
        .catch(() => (stopping.value = false))
  }

  function finish(made: Report): void {
    report.value = made
    stage.value = 'done'
  }

  function fail(message: string): void {
    stage.value = 'choosing'
    failure.value = message || t('errors.title.unreachable')
  }

  function restart(): void {
    const abandoned = sending
    sending = null
    if (stage.value === 'uploading') abandoned?.abort()
    discard(upload)
    upload = null
    stage.value = 'choosing'
    report.value = null
    failure.value = ''
    sent.value = 0
  }

  function discard(kept: string | null): void {
    if (kept !== null)
      void connection.http.call('DELETE /api/import/{upload}', { path: { upload: kept } }).catch(() => {})
  }

  onScopeDispose(() => {
    if (stage.value !== 'importing') restart()
  })

  return { stage, name, sent, taken, report, failure, nothing, stoppable, stopping, choose, start, stop, restart }
}
