import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { boot } from '@/boot'
import { randomId } from '@/domain/ids'
import type { AttachmentPart } from '@/protocol/types.gen'
import { useChat } from '@/stores/chat'
import { useConnection } from '@/stores/connection'
import { useToasts } from '@/stores/toasts'
import { uploadFile } from '@/transport/upload'

import { useFormat } from './useFormat'

export interface Upload {
  key: string
  name: string
  /** 0…1 */
  progress: number
}

/** Whether this server takes files at all: one that answers 404 is not asked again. */
const available = ref(true)

export function useUploads(done: (part: AttachmentPart) => void) {
  const { t } = useI18n()
  const format = useFormat()
  const toasts = useToasts()
  const chat = useChat()
  const connection = useConnection()
  const uploads = ref<Upload[]>([])

  function add(files: Iterable<File>): void {
    if (chat.temporary) {
      toasts.show(t('temporary.noFiles'))
      return
    }
    for (const file of files) {
      if (file.size > boot.maxUploadBytes) {
        toasts.show(t('composer.tooLarge', { name: file.name, limit: format.bytes(boot.maxUploadBytes) }), { tone: 'error' })
      } else void upload(file)
    }
  }

  async function upload(file: File): Promise<void> {
    const key = randomId(8)
    uploads.value = [...uploads.value, { key, name: file.name, progress: 0 }]
    try {
      const part = await post(file, connection.http.csrf(), (progress) => {
        uploads.value = uploads.value.map((one) => (one.key === key ? { ...one, progress } : one))
      })
      done(part)
    } catch (failure) {
      const { status, message } = failure as { status?: number; message?: string }
      if (status === 404) available.value = false
      toasts.show(message || t('composer.uploadFailed', { name: file.name }), { tone: 'error' })
    } finally {
      uploads.value = uploads.value.filter((one) => one.key !== key)
    }
  }

  return {
    uploads,
    uploading: computed(() => uploads.value.length > 0),
    available: computed(() => available.value && !chat.temporary),
    add,
  }
}

interface Uploaded {
  sha256: string
  name?: string
  mime?: string
  bytes?: number
}

function post(file: File, csrf: string, progress: (share: number) => void): Promise<AttachmentPart> {
  return uploadFile('/api/attachments', { file }, csrf, progress).done.then((answer) => {
    const { sha256, name = file.name, mime = file.type, bytes = file.size } = answer as Uploaded
    return { type: mime.startsWith('image/') ? 'image' : 'file', sha256, name, mime, bytes }
  })
}
