import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import type { AttachedText, DraftAttachment } from '@/domain/attachments'
import { randomId } from '@/domain/ids'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { useToasts } from '@/stores/toasts'
import { uploadFile } from '@/transport/upload'

import { useFormat } from './useFormat'

export interface Upload {
  key: string
  name: string
  /** For whose next message it is; null: a new one's. */
  conversation: string | null
  /** The share that has been sent, 0…1. */
  progress: number
  abort: () => void
}

/** Whether this server takes files at all: one that answers 404 is not asked again. */
const available = ref(true)

/** Files on their way to the server. Each is for the conversation in which it was given, whatever is open when it arrives. */
export function useUploads(done: (part: DraftAttachment, conversation: string | null) => void) {
  const { t } = useI18n()
  const format = useFormat()
  const toasts = useToasts()
  const chat = useChat()
  const connection = useConnection()
  const all = ref<Upload[]>([])
  const uploads = computed(() => all.value.filter((upload) => upload.conversation === chat.id))

  function add(files: Iterable<File>): void {
    if (chat.readonly) return
    if (chat.temporary) {
      toasts.show(t('temporary.noFiles'))
      return
    }
    for (const file of files) {
      if (file.size > boot.maxUploadBytes) {
        toasts.show(t('composer.tooLarge', { name: file.name, limit: format.bytes(boot.maxUploadBytes) }), {
          tone: 'error',
        })
      } else void upload(file)
    }
  }

  async function upload(file: File): Promise<void> {
    const key = randomId(8)
    const conversation = chat.id
    const sending = uploadFile('/api/attachments', { file }, connection.http.csrf(), (progress) => {
      all.value = all.value.map((one) => (one.key === key ? { ...one, progress } : one))
    })
    all.value = [...all.value, { key, name: file.name, conversation, progress: 0, abort: sending.abort }]
    try {
      done(partOf((await sending.done) as Uploaded, file), conversation)
    } catch (failure) {
      // Who took it back knows.
      if (all.value.some((one) => one.key === key)) tell(file, failure as { status?: number; message?: string })
    } finally {
      all.value = all.value.filter((one) => one.key !== key)
    }
  }

  function tell(file: File, { status, message }: { status?: number; message?: string }): void {
    if (status === 404) available.value = false
    toasts.show(message || t('composer.uploadFailed', { name: file.name }), { tone: 'error' })
  }

  function cancel(key: string): void {
    const given = all.value.find((upload) => upload.key === key)
    all.value = all.value.filter((upload) => upload !== given)
    given?.abort()
  }

  return {
    uploads,
    uploading: computed(() => uploads.value.length > 0),
    available: computed(() => available.value && !chat.temporary),
    add,
    cancel,
  }
}

interface Uploaded {
  sha256: string
  name?: string
  mime?: string
  bytes?: number
  text?: AttachedText | null
}

function partOf({ sha256, name, mime, bytes, text }: Uploaded, file: File): DraftAttachment {
  const type = mime ?? file.type
  return {
    type: type.startsWith('image/') ? 'image' : 'file',
    sha256,
    name: name ?? file.name,
    mime: type,
    bytes: bytes ?? file.size,
    text: text ?? null,
  }
}
