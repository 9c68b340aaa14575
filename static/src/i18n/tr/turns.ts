import type { Messages } from '../en'

export const turns: Pick<Messages, 'turn'> = {
  turn: {
    failed: '{count} yanıttan {failed} tanesi başarısız',
    toFailed: 'Sonraki başarısız yanıta git',
    enlarged: 'Yalnızca {model} yanıtını göster',
    all: 'Tümünü göster',
    unread: '{label}, henüz okunmadı',
    figures: 'İstatistikler',
    figuresTitle: 'Yanıt istatistikleri',
    tokens: 'Token',
    interrupted: 'Yarıda kaldı',
    sortBy: '{name} sütununa göre sırala',
    sameAnswers: 'Bu iki yanıt sözcüğü sözcüğüne aynı.',
    sameWords: 'Bu iki yanıtın sözcükleri aynı; yalnızca biçimleri farklı.',
    formatted: 'Biçimli',
    plain: 'Düz metin',
    view: 'Görünüm',
    oneAnswer: 'Karşılaştırmak için iki farklı yanıt seçin.',
  },
}
