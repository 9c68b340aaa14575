import { errorFrom } from './http'

export interface Uploading {
  done: Promise<unknown>
  abort(): void
}

/**
 * Sends one file as a form. XMLHttpRequest, because fetch tells nothing of an upload's progress (0…1). Rejects
 * with an HttpError, also where it was aborted.
 */
export function uploadFile(
  path: string,
  fields: { [name: string]: string | File },
  csrf: string,
  progress: (share: number) => void,
): Uploading {
  const request = new XMLHttpRequest()
  const done = new Promise<unknown>((resolve, reject) => {
    request.open('POST', path)
    request.setRequestHeader('X-CSRFToken', csrf)
    request.responseType = 'json'
    request.upload.onprogress = (event) => progress(event.total > 0 ? event.loaded / event.total : 0)
    request.onerror = () => reject(errorFrom(0, null))
    request.onabort = request.onerror
    request.onload = () => {
      const answer: unknown = request.response
      if (request.status >= 200 && request.status < 300) resolve(answer)
      else reject(errorFrom(request.status, answer))
    }
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    request.send(body)
  })
  return { done, abort: () => request.abort() }
}
