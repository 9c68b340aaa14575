export const laneSets = {
  laneSets: {
    keep: 'Сохранить эти модели как набор…',
    keepTitle: 'Сохранить модели как набор',
    name: 'Имя',
    title: 'Наборы моделей',
    makeDefault: 'Начинать с него новые беседы',
    remove: 'Удалить',
    options: 'Действия с «{name}»',
    unknown: 'Набора моделей «{name}» нет.',
    default: 'по умолчанию',
    kept: 'Набор моделей сохранён.',
  },
}
