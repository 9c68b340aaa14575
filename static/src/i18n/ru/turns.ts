import type { Messages } from '../en'

export const turns: Pick<Messages, 'turn'> = {
  turn: {
    failed: 'Не удалось: {failed} из {count}',
    toFailed: 'К следующему неудавшемуся ответу',
    enlarged: 'Показать только ответ {model}',
    all: 'Показать все',
    unread: '{label}, не прочитано',
    figures: 'Показатели',
    figuresTitle: 'Показатели ответов',
    tokens: 'Токены',
    interrupted: 'Прервано',
    sortBy: 'Сортировать по столбцу «{name}»',
    sameAnswers: 'Эти два ответа совпадают слово в слово.',
    sameWords: 'Слова в этих ответах одинаковы, различается только оформление.',
    formatted: 'С оформлением',
    plain: 'Одним текстом',
    view: 'Вид',
    oneAnswer: 'Чтобы сравнить, выберите два разных ответа.',
  },
}
