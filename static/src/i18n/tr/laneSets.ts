export const laneSets = {
  laneSets: {
    keep: 'Bu modelleri küme olarak kaydet…',
    keepTitle: 'Modelleri küme olarak kaydet',
    name: 'Ad',
    title: 'Model kümeleri',
    makeDefault: 'Yeni sohbetler bununla başlasın',
    remove: 'Sil',
    options: '{name} seçenekleri',
    unknown: '“{name}” adlı bir model kümesi yok.',
    default: 'varsayılan',
    kept: 'Model kümesi kaydedildi.',
  },
}
