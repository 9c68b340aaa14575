/** What the page's address asks for beside a conversation: `/?persona=<id>` or `/?model=<server/id>`. Pure. */
export interface Wish {
  readonly persona: string | null
  readonly model: string | null
}

export function wishOf(search: string): Wish {
  const query = new URLSearchParams(search)
  const persona = query.get('persona')
  const model = query.get('model')
  return {
    persona: persona && /^[a-z2-7]{16}$/.test(persona) ? persona : null,
    model: model && /^[^/\s]+\/\S+$/.test(model) ? model : null,
  }
}
