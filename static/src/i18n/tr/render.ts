import type { Messages } from '../en'

export const render: Pick<Messages, 'render'> = {
  render: {
    copy: 'Kopyala',
    copied: 'Kopyalandı',
    copyFailed: 'Kopyalamaya izin verilmedi',
    wrap: 'Satırları kaydır',
    download: 'İndir',
    code: 'kod',
    tooLong: 'Gerisi çok uzun olduğu için düz metin olarak gösteriliyor.',
    preview: 'Önizleme',
    source: 'Kod',
    views: 'Görünüm',
    reload: 'Yenile',
    expand: 'Tam boy',
    shrink: 'Kapat',
    drawing: 'Çiziliyor…',
    drawingTooLong: 'Çizim çok uzun sürdüğü için durduruldu.',
    previewSilent: 'Önizleme yanıt vermez oldu.',
    previewFlooded: 'Önizleme çok fazla mesaj gönderdiği için durduruldu.',
    previewMissing: 'Önizleme yüklenemedi. Yeniden deneyin.',
    previewTooLong: 'Bu, önizleme için çok uzun ya da çok karmaşık.',
    badSvg: 'Bu geçerli bir SVG resmi değil.',
    badDiagram: 'Bu diyagram çizilemiyor:',
  },
}
