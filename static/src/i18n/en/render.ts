export const render = {
  render: {
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying was refused',
    wrap: 'Wrap lines',
    download: 'Download',
    code: 'code',
    tooLong: 'The rest is very long and is shown as plain text.',
    preview: 'Preview',
    source: 'Code',
    views: 'Show as',
    reload: 'Reload',
    expand: 'Full size',
    shrink: 'Close',
    drawing: 'Drawing…',
    drawingTooLong: 'Drawing took too long and was stopped.',
    previewSilent: 'The preview stopped answering.',
    previewFlooded: 'The preview sent too many messages and was stopped.',
    previewMissing: 'The preview could not be loaded. Try again.',
    previewTooLong: 'This is too long or too complex for a preview.',
    badSvg: 'This is not a valid SVG picture.',
    badDiagram: 'This diagram cannot be drawn:',
  },
}

/** The labels that the renderer puts on its own buttons. */
export type Labels = (typeof render)['render']
