import type { Messages } from '../en'

export const ollama: Pick<Messages, 'ollama'> = {
  ollama: {
    title: 'Ollama: память и загрузки',
    open: 'Память и загрузки',
    nothingLoaded: 'В памяти нет моделей.',
    unload: 'Выгрузить',
    loaded: 'Модели в памяти',
    total: 'Всего {size}',
    onCard: 'на видеокарте',
    onProcessor: 'на процессоре',
    partly: '{share} % на видеокарте',
    until: 'до {moment}',
    fetchTitle: 'Скачать модель',
    fetch: 'Скачать {model}',
    start: 'Скачать',
    server: 'Сервер',
    model: 'Модель',
    example: 'например, qwen3:8b',
    hint: 'Любое имя с ollama.com/library. Загрузка продолжится, даже если закрыть это окно или страницу.',
    progress: '{done} из {total}, {percent} %',
    preparing: 'Подготовка…',
    ready: 'Скачана. Теперь её можно выбрать.',
    cancel: 'Отменить загрузку {model}',
    askAdmin: 'Её может скачать администратор.',
    showPull: 'Загрузка, {percent} %',
  },
}
