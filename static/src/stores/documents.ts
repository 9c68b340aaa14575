import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import { type DocumentRow, isUnfinished } from '@/domain/documents'
import { randomId } from '@/domain/ids'
import { type HttpError } from '@/transport/http'
import { uploadFile, type Uploading } from '@/transport/upload'

import { useConnection } from './connection'

const PATH = '/api/documents'
const LOOK_AGAIN_MS = 700
const AT_ONCE = 3

export interface Sending {
  key: string
  name: string
  /** The share that has been sent, 0…1. */
  progress: number
}

/** Hears of files that no document was made of. */
export interface UploadListener {
  /** `message`: the server's own sentence. */
  refused: (name: string, message: string) => void
  /** The same bytes are there, as the document of that name. */
  already: (name: string, document: string) => void
}

interface Uploaded {
  documents: DocumentRow[]
  already: { name: string; document: number }[]
}

/**
 * One collection of documents at a time: a person's own (''), or a conversation's. Looked at again while
 * something of it is being read.
 */
export const useDocuments = defineStore('documents', () => {
  const connection = useConnection()
  const collection = ref('')
  const rows = ref<DocumentRow[]>([])
  const phase = ref<'loading' | 'ready' | 'failed'>('loading')
  const sending = ref<Sending[]>([])

  const uploads = new Map<string, Uploading>()
  let queue: { key: string; file: File; into: string }[] = []
  let listener: UploadListener | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0

  const reading = computed(() => rows.value.filter(isUnfinished).length)

  /** Shows a collection until `close`. */
  async function open(wanted: string, hears: UploadListener): Promise<void> {
    listener = hears
    if (wanted !== collection.value) rows.value = []
    collection.value = wanted
    phase.value = rows.value.length > 0 ? 'ready' : 'loading'
    await load()
  }

  function close(): void {
    clearTimeout(timer)
    asked += 1
    listener = undefined
  }

  async function load(): Promise<void> {
    clearTimeout(timer)
    asked += 1
    const mine = asked
    try {
      const listed = await list(collection.value)
      if (mine !== asked) return
      rows.value = listed
      phase.value = 'ready'
    } catch {
      if (mine !== asked) return
      if (phase.value === 'loading') phase.value = 'failed'
    }
    if (reading.value > 0) timer = setTimeout(() => void load(), LOOK_AGAIN_MS)
  }

  async function list(of: string): Promise<DocumentRow[]> {
    const answer = await connection.http.call('GET /api/documents', { query: { conversation: of } })
    return answer.documents as DocumentRow[]
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const key = randomId(8)
      queue.push({ key, file, into: collection.value })
      sending.value.push({ key, name: file.name, progress: 0 })
    }
    next()
  }

  function next(): void {
    while (uploads.size < AT_ONCE && queue.length > 0) {
      const [first, ...rest] = queue
      queue = rest
      if (first) void send(first.key, first.file, first.into)
    }
  }

  async function send(key: string, file: File, into: string): Promise<void> {
    const upload = uploadFile(PATH, { files: file, conversation: into }, connection.http.csrf(), (share) => {
      const shown = sending.value.find((one) => one.key === key)
      if (shown) shown.progress = share
    })
    uploads.set(key, upload)
    try {
      const { already, documents } = (await upload.done) as Uploaded
      for (const one of already)
        listener?.already(one.name, documents.find((row) => row.id === one.document)?.name ?? one.name)
    } catch (failure) {
      if (sending.value.some((one) => one.key === key)) listener?.refused(file.name, (failure as HttpError).message)
    }
    drop(key)
    uploads.delete(key)
    next()
    await load()
  }

  function drop(key: string): void {
    sending.value = sending.value.filter((one) => one.key !== key)
  }

  /** An upload that has not arrived. */
  function abort(key: string): void {
    drop(key)
    queue = queue.filter((one) => one.key !== key)
    uploads.get(key)?.abort()
  }

  async function addAddress(url: string): Promise<void> {
    await connection.http.call('POST /api/documents/url', { body: { url, conversation: collection.value } })
    await load()
  }

  async function change(id: number, verb: 'cancel' | 'retry'): Promise<void> {
    try {
      await connection.http.call(`POST /api/documents/{document}/${verb}`, { path: { document: id } })
    } finally {
      await load()
    }
  }

  async function remove(id: number): Promise<void> {
    await connection.http.call('DELETE /api/documents/{document}', { path: { document: id } })
    rows.value = rows.value.filter((row) => row.id !== id)
    await load()
  }

  return { collection, rows, phase, sending, reading, open, close, load, list, add, abort, addAddress, change, remove }
})
