import type { Messages } from '../en'

export const render: Pick<Messages, 'render'> = {
  render: {
    copy: 'Копировать',
    copied: 'Скопировано',
    copyFailed: 'Копирование запрещено',
    wrap: 'Переносить строки',
    download: 'Скачать',
    code: 'код',
    tooLong: 'Остальное слишком длинное и показано простым текстом.',
    preview: 'Предпросмотр',
    source: 'Код',
    views: 'Показать как',
    reload: 'Обновить',
    expand: 'Во весь экран',
    shrink: 'Закрыть',
    drawing: 'Рисуется…',
    drawingTooLong: 'Рисование заняло слишком много времени и было остановлено.',
    previewSilent: 'Предпросмотр перестал отвечать.',
    previewFlooded: 'Предпросмотр отправил слишком много сообщений и был остановлен.',
    previewMissing: 'Не удалось загрузить предпросмотр. Повторите попытку.',
    previewTooLong: 'Это слишком длинно или сложно для предпросмотра.',
    badSvg: 'Это не картинка SVG.',
    badDiagram: 'Эту диаграмму нельзя нарисовать:',
  },
}
