import { expect, it } from 'vitest'

import { fileNameIn } from './fileNames'

it.each([
  ['attachment; filename="Plans for May.md"', 'Plans for May.md'],
  ["attachment; filename*=utf-8''%C3%87ay%20saati.md", 'Çay saati.md'],
  ["attachment; filename*=UTF-8''%D1%87%D0%B0%D0%B9.html", 'чай.html'],
  ['attachment; filename="a.md"; filename*=utf-8\'\'%C3%A4.md', 'ä.md'],
  ['attachment; filename="a \\"quoted\\" one.md"', 'a "quoted" one.md'],
  ["attachment; filename*=utf-8''%C3", null],
  ['attachment', null],
  ['', null],
  [null, null],
])('reads the name of a file from %j', (disposition, name) => {
  expect(fileNameIn(disposition)).toBe(name)
})
