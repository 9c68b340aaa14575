/** REST as docs/protocol.md has it: JSON in, JSON out, errors as {"error": {code, message, retryable}}. */

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

  get<Result>(path: string): Promise<Result> {
    return this.ask<Result>('GET', path)
  }

  post<Result>(path: string, body?: unknown): Promise<Result> {
    return this.ask<Result>('POST', path, body)
  }

  patch<Result>(path: string, body: unknown): Promise<Result> {
    return this.ask<Result>('PATCH', path, body)
  }

  delete(path: string): Promise<unknown> {
    return this.ask('DELETE', path)
  }

  csrf(): string {
    return this.csrfToken()
  }

  private async ask<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const headers: { [name: string]: string } = { Accept: 'application/json' }
    if (method !== 'GET') headers['X-CSRFToken'] = this.csrfToken()
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    let response: Response
    try {
      response = await this.fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        body: body === undefined ? undefined : JSON.stringify(body),
      })
    } catch {
      throw HttpError.unreachable()
    }
    const answer = await readJson(response)
    if (!response.ok) throw errorFrom(response.status, answer)
    return answer as Result
  }
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

function csrfFromCookie(): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? ''
}
