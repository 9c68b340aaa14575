function offsetOf(root: Node, node: Node | null, offset: number): number {
  if (!node || !root.contains(node)) return -1
  const range = document.createRange()
  range.setStart(root, 0)
  range.setEnd(node, offset)
  return range.toString().length
}

function pointAt(root: Node, offset: number): [Node, number] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  let left = offset
  let last: Node = root
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const { length } = node as Text
    if (left <= length) return [node, left]
    left -= length
    last = node
  }
  return last === root ? [root, 0] : [last, (last as Text).length]
}

/** Changes the nodes of `root` but not its text, and keeps what is selected in it selected. */
export function keepingSelection(root: Node, change: () => void): void {
  const selection = document.getSelection()
  const touches = selection?.rangeCount && !selection.isCollapsed && selection.containsNode(root, true)
  if (!selection || !touches) return change()
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
  const anchor = offsetOf(root, anchorNode, anchorOffset)
  const focus = offsetOf(root, focusNode, focusOffset)
  change()
  const [fromNode, from] = anchor < 0 ? [anchorNode, anchorOffset] : pointAt(root, anchor)
  const [toNode, to] = focus < 0 ? [focusNode, focusOffset] : pointAt(root, focus)
  if (fromNode && toNode) selection.setBaseAndExtent(fromNode, from, toNode, to)
}
