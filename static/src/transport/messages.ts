import type { MessageRecord } from '@/protocol/types.gen'

import type { Http } from './http'

/** Messages with all that they hold. The server's document leaves their form to that of records (docs/file-format.md). */
export async function readMessages(
  http: Http,
  conversation: string,
  ids: readonly string[],
): Promise<readonly MessageRecord[]> {
  const { messages } = await http.call('GET /api/conversations/{conversation}/messages', {
    path: { conversation },
    query: { ids: [ids.join(',')] },
  })
  return messages as unknown as MessageRecord[]
}
