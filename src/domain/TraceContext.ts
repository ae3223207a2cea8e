// W3C trace contexts: the form of a traceparent, and ids of spans that follow from a name.
//
// Gotcha: all zeros is no id.

export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
}

/** Two 32-bit hashes in one pass, mixed at the end (after cyrb53, which is in the public domain). Not for secrets. */
const hash64 = (text: string): readonly [number, number] => {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2_654_435_761)
    b = Math.imul(b ^ code, 1_597_334_677)
  }
  const mix = (x: number, y: number) =>
    (Math.imul(x ^ (x >>> 16), 2_246_822_507) ^ Math.imul(y ^ (y >>> 13), 3_266_489_909)) >>> 0
  return [mix(a, b), mix(b, a)]
}

const hex = (...words: ReadonlyArray<number>) => words.map((word) => word.toString(16).padStart(8, "0")).join("")

/** The id of the span that is called so, in whichever process. */
export const spanIdOf = (name: string): string => {
  const [high, low] = hash64(name)
  return hex(high, low || 1)
}

/** Made of six random numbers below 2^32. `01`: the trace is kept. */
export const makeTraceparent = (random: () => number): string =>
  `00-${hex(random(), random(), random(), random() || 1)}-${hex(random(), random() || 1)}-01`

/** Null when there is none. */
export const parseContext = (traceparent: string | null): SpanContext | null => {
  const [, traceId, spanId] = traceparent?.split("-") ?? []
  return traceId === undefined || spanId === undefined ? null : { traceId, spanId }
}

export const traceIdOf = (traceparent: string | null): string | null => parseContext(traceparent)?.traceId ?? null
