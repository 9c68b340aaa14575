import type { Messages } from '../en'

export const temporary: Pick<Messages, 'temporary'> = {
  temporary: {
    begin: 'Geçici sohbet',
    lead: 'Bu sohbet geçici: yalnızca bellekte tutulur, hiçbir yere yazılmaz.',
    note: 'Geçici sohbet: yalnızca bellekte tutulur, listelerde görünmez, sunucu kapanınca silinir.',
    keep: 'Bu sohbeti kaydet',
    remove: 'Şimdi sil',
    kept: 'Sohbet kaydedildi.',
    noFiles: 'Geçici sohbete dosya eklenemez: dosyalar diske kaydedilirdi.',
  },
}
