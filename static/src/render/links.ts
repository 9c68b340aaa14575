import type { MarkdownIt, Token } from 'markdown-it'

import { OPENABLE } from '../protocol/types.gen'

const ATTACHMENT = /^\/api\/attachments\/[0-9a-f]{64}$/

/**
 * Whether text that a model wrote may become a link's address. Everything that is relative to this
 * site is refused but an attachment: an answer must not offer a click on our own pages.
 */
function isOpenable(address: string): boolean {
  const start = address.slice(0, 10).toLowerCase()
  return OPENABLE.some((prefix) => start.startsWith(prefix)) || ATTACHMENT.test(address)
}

function isAttachment(address: string): boolean {
  return ATTACHMENT.test(address)
}

function isInsideLink(tokens: readonly Token[], index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const type = tokens[i]?.type
    if (type === 'link_close') return false
    if (type === 'link_open') return true
  }
  return false
}

/** Links leave in a new tab and say nothing of where they come from; remote images become links. */
export function useLinks(md: MarkdownIt): void {
  md.validateLink = isOpenable
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
  const escape = md.utils.escapeHtml

  md.renderer.rules['link_open'] = (tokens, index, _options, _env, self) => {
    const token = tokens[index]
    if (!token) return ''
    token.attrSet('target', '_blank')
    token.attrSet('rel', 'noopener noreferrer nofollow')
    return `<a${self.renderAttrs(token)}>`
  }

  md.renderer.rules['image'] = (tokens, index, options, env, self) => {
    const token = tokens[index]
    if (!token) return ''
    const source = String(token.attrGet('src') ?? '')
    const text = self.renderInlineAsText(token.children ?? [], options, env)
    if (isAttachment(source)) return `<img src="${escape(source)}" alt="${escape(text)}" loading="lazy">`
    const label = escape(text || source)
    if (!source || isInsideLink(tokens, index)) return `<span class="md-image">${label}</span>`
    return `<a class="md-image" href="${escape(source)}" target="_blank" rel="noopener noreferrer nofollow">${label}</a>`
  }
}
