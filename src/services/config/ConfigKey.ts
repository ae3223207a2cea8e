// What a single key of the configuration file accepts.
//
// Answers for: the kinds of values and their wording. Not for which keys there are (ConfigDocument.ts).
// Gotcha: a key without a value (`key:`) and a blank text count as absent, as they always did for runnerd.
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Limit } from "./RunnerdConfig.ts"

/** One key: what it accepts, how that is said, what holds when it is absent. */
export class ConfigKey<A> {
  readonly schema: Schema.Decoder<A>
  /** Completes the sentence "expected …". */
  readonly expected: string
  /** Holds when the key is absent; undefined: nothing does. */
  readonly fallback: A | undefined
  readonly required: boolean
  /** The value is never shown, not even when it is of a wrong type. */
  readonly secret: boolean
  /** A blank text counts as absent. */
  readonly blankIsAbsent: boolean
  /** What an editor may propose; empty: nothing. */
  readonly words: ReadonlyArray<string>

  constructor(options: {
    readonly schema: Schema.Decoder<A>
    readonly expected: string
    readonly fallback?: A
    readonly required?: boolean
    readonly secret?: boolean
    readonly blankIsAbsent?: boolean
    readonly words?: ReadonlyArray<string>
  }) {
    this.schema = options.schema
    this.expected = options.expected
    this.fallback = options.fallback
    this.required = options.required ?? false
    this.secret = options.secret ?? false
    this.blankIsAbsent = options.blankIsAbsent ?? false
    this.words = options.words ?? []
  }
}

/** A list of mappings, each with these keys; none when it is absent. */
export class ConfigList<const S extends { readonly [name: string]: ConfigKey<unknown> }> {
  readonly entry: S

  constructor(entry: S) {
    this.entry = entry
  }
}

/** Timers of Node.js hold at most 2^31 - 1 milliseconds; a longer one fires at once. */
const longestSeconds = 2_147_483

const wholeNumber = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const seconds = (fallback?: number): ConfigKey<number> =>
  new ConfigKey({
    schema: wholeNumber(1, longestSeconds),
    expected: `a whole number of seconds from 1 to ${longestSeconds}`,
    ...(fallback === undefined ? {} : { fallback })
  })

/** A time limit that may be switched off. */
export const secondsLimit = (fallback: Limit): ConfigKey<Limit> =>
  new ConfigKey<Limit>({
    schema: Schema.Union([wholeNumber(1, longestSeconds), Schema.Literal("unlimited")]),
    expected: `a whole number of seconds from 1 to ${longestSeconds}, or the word unlimited`,
    fallback
  })

export const count = (fallback: number, minimum = 1): ConfigKey<number> =>
  new ConfigKey({
    schema: wholeNumber(minimum, Number.MAX_SAFE_INTEGER),
    expected: `a whole number, ${minimum} or more`,
    fallback
  })

/** A limit on how many there may be at once. */
export const countLimit = (fallback: number): ConfigKey<Limit> =>
  new ConfigKey<Limit>({
    schema: Schema.Union([wholeNumber(1, Number.MAX_SAFE_INTEGER), Schema.Literal("unlimited")]),
    expected: "a whole number, 1 or more, or the word unlimited",
    fallback
  })

/** For how many days something is kept. */
export const daysLimit = (fallback: number): ConfigKey<Limit> =>
  new ConfigKey<Limit>({
    schema: Schema.Union([wholeNumber(1, Number.MAX_SAFE_INTEGER), Schema.Literal("unlimited")]),
    expected: "a whole number of days, 1 or more, or the word unlimited",
    fallback
  })

/** A limit on how many there may be in a second. */
export const rateLimit = (fallback: number): ConfigKey<Limit> =>
  new ConfigKey<Limit>({
    schema: Schema.Union([Schema.Finite.check(Schema.isGreaterThan(0)), Schema.Literal("unlimited")]),
    expected: "a number above 0, such as 5 or 0.5, or the word unlimited",
    fallback
  })

/** An id that GitHub gives out. 0 stands for "not given", as it did in files written for the original. */
export const githubId = (): ConfigKey<number> =>
  new ConfigKey({ schema: wholeNumber(0, Number.MAX_SAFE_INTEGER), expected: "a whole number, 1 or more" })

export const text = (options: {
  readonly expected: string
  readonly fallback?: string
  readonly required?: boolean
  readonly secret?: boolean
}): ConfigKey<string> => new ConfigKey({ schema: Schema.String, blankIsAbsent: true, ...options })

/** These words in any case, with blanks around: a JSON schema says that by no other means than a pattern. */
export const anyCase = (words: ReadonlyArray<string>): RegExp => {
  const either = (letter: string) => `[${letter}${letter.toUpperCase()}]`
  return new RegExp(`^\\s*(?:${words.map((word) => word.replaceAll(/[a-z]/g, either)).join("|")})\\s*$`)
}

/** One of a few lower-case words, in any case; without a fallback it must be given. */
export const word = <const A extends string>(words: ReadonlyArray<A>, fallback?: A): ConfigKey<A> =>
  new ConfigKey({
    schema: Schema.String.check(Schema.isPattern(anyCase(words))).pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.trim()),
      Schema.decodeTo(Schema.String, SchemaTransformation.toLowerCase()),
      Schema.decodeTo(Schema.Literals(words))
    ),
    expected: words.join(" or "),
    words,
    ...(fallback === undefined ? { required: true } : { fallback }),
    blankIsAbsent: true
  })

/** Any of a few words, each at most once. An empty list is none of them. */
export const someOf = <const A extends string>(
  words: ReadonlyArray<A>,
  fallback: ReadonlyArray<A>
): ConfigKey<ReadonlyArray<A>> =>
  new ConfigKey<ReadonlyArray<A>>({
    schema: Schema.Array(Schema.Literals(words)).check(Schema.isUnique()),
    expected: `a list of ${words.join(", ")}, each at most once`,
    fallback
  })

export const flag = (fallback: boolean): ConfigKey<boolean> =>
  new ConfigKey({ schema: Schema.Boolean, expected: "true or false", fallback })

/** A file's path, relative to the folder of the configuration file. Not shown: some put the secret itself there. */
export const path = (): ConfigKey<string> =>
  new ConfigKey({ schema: Schema.String, expected: "a file's path, as a text", secret: true, blankIsAbsent: true })

/** A value that nothing may ever show. */
export const secret = (): ConfigKey<Redacted.Redacted> =>
  new ConfigKey({
    schema: Schema.RedactedFromValue(Schema.String),
    expected: "a text (in quotes when it looks like a number)",
    secret: true,
    blankIsAbsent: true
  })

/** Entries that may be blank, which an operator's template often leaves behind. */
export const list = (expected: string): ConfigKey<ReadonlyArray<string>> =>
  new ConfigKey({
    schema: Schema.Array(Schema.NullOr(Schema.String)).pipe(
      Schema.decodeTo(
        Schema.Array(Schema.String),
        SchemaTransformation.transform({
          decode: (entries: ReadonlyArray<string | null>): ReadonlyArray<string> =>
            entries.flatMap((entry) => (entry === null || entry.trim() === "" ? [] : [entry.trim()])),
          encode: (entries: ReadonlyArray<string>): ReadonlyArray<string | null> => entries
        })
      )
    ),
    expected,
    fallback: []
  })

/** A key that was dropped: tolerated while it is blank. */
export const retired = (expected: string): ConfigKey<never> =>
  new ConfigKey({ schema: Schema.Never, expected, blankIsAbsent: true })
