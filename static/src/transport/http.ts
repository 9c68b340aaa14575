/** REST as docs/protocol.md has it: JSON in, JSON out, errors as {"error": {code, message, retryable}}. */

import type { Rest } from '@/protocol/rest.gen'

export type Operation = keyof Rest
type Given<Name extends Operation> = Omit<Rest[Name], 'answer'>
/** Nothing has to be given where nothing of it is required. */
type Args<Name extends Operation> = object extends Given<Name> ? [given?: Given<Name>] : [given: Given<Name>]

export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryable: boolean,
  ) {
    super(message)
  }

  static unreachable(): HttpError {
    return new HttpError(0, 'unreachable', '', true)
  }
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

export class Http {
  constructor(
    private readonly fetch: Fetch,
    private readonly csrfToken: () => string = csrfFromCookie,
  ) {}

  /** An operation as the server's own document has it: what it is given and what it answers are checked by their types. */
  call<Name extends Operation>(name: Name, ...[given]: Args<Name>): Promise<Rest[Name]['answer']> {
    const [method = ''] = name.split(' ')
    return this.ask(method, this.addressOf(name, given), (given as { body?: unknown } | undefined)?.body)
  }

  /** Of what a link leads to. */
  addressOf<Name extends Operation>(name: Name, given?: Partial<Given<Name>>): string {
    const [, template = ''] = name.split(' ')
    const { path = {}, query = {} } = (given ?? {}) as { path?: Values; query?: Values }
    return fill(template, path) + search(query)
  }

  /** The server-sent events that answer a POST, one by one, until the server has said all. */
  async *stream<Event>(path: string, body: unknown): AsyncGenerator<Event> {
    const response = await this.send('POST', path, body, 'text/event-stream')
    if (!response.ok || !response.body) throw errorFrom(response.status, await readJson(response))
    let rest = ''
    const decoder = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw HttpError.unreachable()
      })
      if (done) return
      const frames = (rest + decoder.decode(value, { stream: true })).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) if (frame.startsWith('data:')) yield JSON.parse(frame.slice(5)) as Event
    }
  }

  csrf(): string {
    return this.csrfToken()
  }

  private async ask<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const response = await this.send(method, path, body, 'application/json')
    const answer = await readJson(response)
    if (!response.ok) throw errorFrom(response.status, answer)
    return answer as Result
  }

  private async send(method: string, path: string, body: unknown, accept: string): Promise<Response> {
    const headers: { [name: string]: string } = { Accept: accept }
    if (method !== 'GET') headers['X-CSRFToken'] = this.csrfToken()
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    try {
      return await this.fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        body: body === undefined ? undefined : JSON.stringify(body),
      })
    } catch {
      throw HttpError.unreachable()
    }
  }
}

type Values = { readonly [name: string]: unknown }

function fill(template: string, path: Values): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])))
}

/** Of a list, each by itself; what is not given, or null, is not asked for. */
function search(query: Values): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one): [string, unknown] => [name, one]),
  )
  const pairs = given
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => [name, String(value)])
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return response.status === 204 ? null : await response.json()
  } catch {
    return null
  }
}

export function errorFrom(status: number, answer: unknown): HttpError {
  const error = (answer as { error?: { code?: string; message?: string; retryable?: boolean } } | null)?.error
  const code = error?.code ?? (status === 404 ? 'not_found' : status === 401 ? 'unauthenticated' : 'internal')
  return new HttpError(status, code, error?.message ?? '', error?.retryable ?? status >= 500)
}

/** Over TLS it has a name that no other site can set. */
function csrfFromCookie(): string {
  const cookies = document.cookie
  const found = /(?:^|;\s*)__Host-csrftoken=([^;]+)/.exec(cookies) ?? /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)
  return found?.[1] ?? ''
}
