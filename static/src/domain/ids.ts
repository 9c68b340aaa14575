const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** As the server makes them (conversations/ids.py): tame enough for a file's name. */
export function randomId(length = 16): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length))
  return Array.from(bytes, (byte) => ALPHABET[byte % 32]).join('')
}

export function splitRef(ref: string): { server: string; model: string } {
  const slash = ref.indexOf('/')
  return slash < 0 ? { server: '', model: ref } : { server: ref.slice(0, slash), model: ref.slice(slash + 1) }
}

/** The ref of a lane whose model is chosen for each question (providers/refs.py). */
export const AUTO = 'auto/auto'

const LONGEST_REF = 400

/** The server's rule (providers/refs.py): the id is whatever the service calls its model. */
export function isRef(text: string): boolean {
  const { server, model } = splitRef(text)
  return server !== '' && model !== '' && !/\s/.test(server) && !text.includes('\0') && text.length <= LONGEST_REF
}

/** The part of a model's id that a person calls it by. */
export function shortModel(ref: string): string {
  const { model } = splitRef(ref)
  return model.split('/').at(-1) || ref
}
