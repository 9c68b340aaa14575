/** Texts of the rendered answers; the page's translations take them in under `render`. */
export const en = {
  render: {
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying was refused',
    wrap: 'Wrap lines',
    download: 'Download',
    code: 'code',
    tooLong: 'The rest is very long and is shown as plain text.',
  },
}

export const tr: typeof en = {
  render: {
    copy: 'Kopyala',
    copied: 'Kopyalandı',
    copyFailed: 'Kopyalamaya izin verilmedi',
    wrap: 'Satırları kaydır',
    download: 'İndir',
    code: 'kod',
    tooLong: 'Gerisi çok uzun olduğu için düz metin olarak gösteriliyor.',
  },
}

export const ru: typeof en = {
  render: {
    copy: 'Копировать',
    copied: 'Скопировано',
    copyFailed: 'Копирование запрещено',
    wrap: 'Переносить строки',
    download: 'Скачать',
    code: 'код',
    tooLong: 'Остальное слишком длинное и показано простым текстом.',
  },
}

/** The labels that the renderer puts on its own buttons. */
export type Labels = (typeof en)['render']
