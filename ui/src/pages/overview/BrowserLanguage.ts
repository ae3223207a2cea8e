// A language that `Intl` knows, before uPlot asks the browser for one.
//
// Gotcha: a browser that is started with the locale POSIX calls its language `en-US@posix`, which is no language tag, and
// uPlot fails with it as soon as it is loaded. So this is imported before it.
const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}

if (!isLanguageTag(navigator.language)) {
  Object.defineProperty(navigator, "language", { value: navigator.language.replace(/[^A-Za-z0-9-].*/, "") || "en" })
}
