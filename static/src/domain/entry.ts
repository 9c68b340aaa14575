/** What the page's address asks for beside a conversation: `/?persona=<id>` or `/?model=<server/id>`. Pure. */
export interface Wish {
  readonly persona: string | null
  /** As it was written: it may be no model ref. */
  readonly model: string | null
}

export function wishOf(search: string): Wish {
  const query = new URLSearchParams(search)
  const persona = query.get('persona')
  const model = query.get('model')
  return {
    persona: persona && /^[a-z2-7]{16}$/.test(persona) ? persona : null,
    model: model || null,
  }
}

/** Whoever writes an address by hand writes `+` as it stands; to the rules of addresses it is a space. */
export function spellings(model: string): string[] {
  return [model, model.replaceAll(' ', '+')]
}
