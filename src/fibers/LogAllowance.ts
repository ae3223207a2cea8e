// How much of one stream is stored: a job that prints without end must not fill the disk.
//
// Pure but for the count it holds. Gotcha: what is beyond the allowance is lost for good, so a line in the log says
// that it ends early.

/** 4 Mi characters, for each stream of each connection to a runner; a page of the log shows the last 256 Ki. */
export const storedCharacters = 4 * 1024 * 1024

const notice = "\n[runnerd] The output is too long: what follows is not stored.\n"

/** Gives what is to be stored of the next text: all, the beginning and the notice, or nothing. */
export const make = (most: number): ((text: string) => string) => {
  let left = most
  return (text) => {
    if (left < 0) return ""
    if (text.length <= left) {
      left -= text.length
      return text
    }
    const beginning = text.slice(0, left)
    left = -1
    return beginning + notice
  }
}
