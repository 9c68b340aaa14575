/** Attributes that belong to the page and not to the answer's HTML. */
const OWN = new Set(['data-wrapped', 'data-coloured', 'data-tex', 'data-previewed', 'data-failed'])
/** Elements that the page made; they have no counterpart in the answer's HTML. */
const OWN_CLASSES = ['md-bar', 'md-preview']

function isOwn(node: Node): boolean {
  return node instanceof Element && OWN_CLASSES.some((name) => node.classList.contains(name))
}

function morphText(from: CharacterData, to: CharacterData): void {
  if (from.data === to.data) return
  // Appending leaves a selection in this node alone; setting `data` would drop it.
  if (to.data.startsWith(from.data)) from.appendData(to.data.slice(from.data.length))
  else from.data = to.data
}

function morphAttributes(from: Element, to: Element): void {
  for (const name of from.getAttributeNames()) {
    if (!to.hasAttribute(name) && !OWN.has(name)) from.removeAttribute(name)
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value)
  }
}

function isFormula(element: Element): boolean {
  return element.classList.contains('md-math')
}

function canMorph(from: Node, to: Node): boolean {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) return false
  if (!(from instanceof Element) || !(to instanceof Element)) return true
  return isFormula(from) === isFormula(to)
}

function morphNode(from: Node, to: Node): void {
  if (from instanceof CharacterData && to instanceof CharacterData) morphText(from, to)
  if (from instanceof Element && to instanceof Element) morph(from, to)
}

function morphFormula(from: Element, to: Element): void {
  const isSame = from.getAttribute('data-tex') === to.getAttribute('data-tex') && from.className === to.className
  if (!isSame || !from.hasAttribute('data-tex')) from.replaceWith(to)
}

/** Makes `from` like `to`, keeping every node that can be kept: what is selected stays selected. */
export function morph(from: Element, to: Element): void {
  if (isFormula(from)) return morphFormula(from, to)
  if (from.hasAttribute('data-coloured') && from.textContent === to.textContent) return
  morphAttributes(from, to)
  from.removeAttribute('data-coloured')
  let current = from.firstChild
  for (let wanted = to.firstChild; wanted; wanted = to.firstChild) {
    wanted.remove()
    while (current && isOwn(current)) current = current.nextSibling
    if (!current) {
      from.append(wanted)
      continue
    }
    const next: ChildNode | null = current.nextSibling
    if (canMorph(current, wanted)) morphNode(current, wanted)
    else current.replaceWith(wanted)
    current = next
  }
  while (current) {
    const next: ChildNode | null = current.nextSibling
    if (!isOwn(current)) current.remove()
    current = next
  }
}
