import type { Messages } from '../en'

export const temporary: Pick<Messages, 'temporary'> = {
  temporary: {
    begin: 'Geçici sohbet',
    lead: 'Bu sohbet geçici: yalnızca bellekte tutulur, hiçbir yere yazılmaz.',
    note: 'Geçici sohbet: yalnızca bellekte durur, listelerde görünmez, sunucu kapanınca silinir.',
    keep: 'Bu sohbeti sakla',
    remove: 'Şimdi sil',
    kept: 'Sohbet saklandı.',
    noFiles: 'Geçici sohbete dosya eklenemez: dosyalar diske kaydedilirdi.',
  },
}
