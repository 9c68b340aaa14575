/** An image file as a small square in a `data:` URL. Rejects what the browser cannot read as an image. */
const SIDE = 96
const QUALITY = 0.85

export async function smallPicture(file: File): Promise<string> {
  const image = await createImageBitmap(file)
  const side = Math.min(image.width, image.height)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = SIDE
  const context = canvas.getContext('2d')
  if (!context || side === 0) throw new Error('This browser cannot draw.')
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, SIDE, SIDE)
  image.close()
  return canvas.toDataURL('image/webp', QUALITY)
}
