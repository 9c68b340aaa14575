/** What the page's address asks for beside a conversation: `/?persona=<id>`, `/?model=<server/id>`, `/?models=<a>,<b>`, `/?set=<name>`, or `/?open=tools` after a sign-in. Pure. */
export interface Entry {
  readonly persona: string | null
  /** As they were written: they may be no model refs. */
  readonly models: readonly string[]
  /** The name of a lane set. */
  readonly set: string | null
  /** Where somebody comes back to who has signed in to a tool server. */
  readonly tools: boolean
}

/** As many lanes as a conversation can have. */
const MOST = 24

export function parseEntry(search: string): Entry {
  const query = new URLSearchParams(search)
  const persona = query.get('persona')
  const models = [
    ...query.getAll('model'),
    ...(query
      .get('models')
      ?.split(',')
      .map((model) => model.trim()) ?? []),
  ]
  return {
    persona: persona && /^[a-z2-7]{16}$/.test(persona) ? persona : null,
    models: models.filter(Boolean).slice(0, MOST),
    set: query.get('set')?.trim() || null,
    tools: query.get('open') === 'tools',
  }
}

/** Whoever writes an address by hand writes `+` as it stands; to the rules of addresses it is a space. */
export function spellingsOf(model: string): string[] {
  return [model, model.replaceAll(' ', '+')]
}
