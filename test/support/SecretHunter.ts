// Finding secrets in texts, however they are written there.
//
// Answers for: the forms of a secret (plain, as a JSON string, percent-encoded, hexadecimal, base64 at each alignment) and
// parts of long ones. Gotcha: base64 of a text in the middle of another depends on where it begins, modulo three.

export interface Secret {
  readonly name: string
  readonly value: string
}

export interface Leak {
  readonly secret: string
  readonly where: string
}

const partLength = 32

/** The whole of a short one; of a long one pieces, so that one that was cut off is found as well. */
const parts = (value: string): ReadonlyArray<string> => {
  const lines = value.split("\n").filter((line) => line.length >= 8 && !line.startsWith("-----"))
  return lines.flatMap((line) =>
    line.length < 2 * partLength
      ? [line]
      : Array.from({ length: Math.floor(line.length / partLength) }, (_, index) =>
          line.slice(index * partLength, (index + 1) * partLength)
        )
  )
}

/** What of the base64 of any text does not depend on what stands around this part. */
const base64Forms = (part: string): ReadonlyArray<string> =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.from("x".repeat(offset) + part)
      .toString("base64")
      .replace(/=+$/, "")
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2)
  })

const forms = (part: string): ReadonlyArray<string> => {
  const base64 = base64Forms(part)
  return [
    part,
    JSON.stringify(part).slice(1, -1),
    encodeURIComponent(part),
    Buffer.from(part).toString("hex"),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))
  ]
}

/** Where any of these secrets is; each once for a place. */
export const leaksIn = (places: ReadonlyMap<string, string>, secrets: ReadonlyArray<Secret>): ReadonlyArray<Leak> => {
  const sought = secrets.map(({ name, value }) => ({ name, forms: [...new Set(parts(value).flatMap(forms))] }))
  return [...places].flatMap(([where, text]) =>
    sought.flatMap(({ forms, name }) => (forms.some((form) => text.includes(form)) ? [{ secret: name, where }] : []))
  )
}
