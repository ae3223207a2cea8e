// Secrets taken out of a text that comes in pieces: what runners print, before it is stored.
//
// Answers for: each given secret, and whatever has the form of a token (TokenForms.ts). A secret of several lines is looked for
// line by line. Not for errors of the outside (ErrorDetail.ts), which are whole when they are read.
// Gotchas: the end of a piece may be the beginning of a secret and is held back until more is known; what ends a line never
// is. Secrets below 8 characters are left alone: they would take words out of every log.
import { anyToken, tokenBeginnings, unendedToken } from "./TokenForms.ts"

const shortest = 8
const inPlace = "<redacted>"

/** Longer than any; what goes on and on is not kept. */
const longest = 64 * 1024

/** What is looked for, made once for many texts. */
export interface Sought {
  readonly texts: ReadonlyArray<string>
  readonly pattern: RegExp
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

export const seek = (secrets: ReadonlyArray<string>): Sought => {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/))
  const texts = [...new Set(lines.map((line) => line.trim()))]
    .filter((line) => line.length >= shortest && !line.startsWith("-----"))
    .toSorted((a, b) => b.length - a.length)
  return { texts, pattern: new RegExp([...texts.map(escaped), anyToken].join("|"), "g") }
}

/** Where what may be the beginning of a secret begins, and is no part of one that is there already; the end when nothing is. */
const undecided = (text: string, { pattern, texts }: Sought): number => {
  if (text.endsWith("\n")) return text.length
  const places = new Set([unendedToken.exec(text)?.index ?? text.length])
  for (const secret of [...tokenBeginnings, ...texts]) {
    for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1) {
      if (text.endsWith(secret.slice(0, length))) places.add(text.length - length)
    }
  }
  const found = [...text.matchAll(pattern)]
  const isWithin = (place: number) =>
    found.some(({ 0: secret, index }) => index < place && place < index + secret.length)
  return Math.min(...[...places].filter((place) => !isWithin(place)))
}

export interface Scrubber {
  /** Gives what can be shown of the text so far. */
  readonly push: (text: string) => string
  /** Gives what was held back; nothing comes after it. */
  readonly end: () => string
}

export const makeScrubber = (sought: Sought): Scrubber => {
  let held = ""
  const clean = (text: string) => text.replace(sought.pattern, inPlace)
  return {
    push: (text) => {
      const whole = held + text
      const end = undecided(whole, sought)
      held = whole.slice(end)
      const shown = clean(whole.slice(0, end))
      if (held.length <= longest) return shown
      held = ""
      return shown + inPlace
    },
    end: () => {
      const rest = clean(held)
      held = ""
      return rest
    }
  }
}
