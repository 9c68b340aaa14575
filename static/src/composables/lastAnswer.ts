/** Tells what the last of several requests was answered; of one that another came after, null, however late it comes. */
export function lastAnswer<Told>(): (answer: Promise<Told>) => Promise<Told | null> {
  let asked = 0

  return async (answer) => {
    asked += 1
    const place = asked
    const told = await answer
    return place === asked ? told : null
  }
}
