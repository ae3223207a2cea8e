// Bytes as they can be read: `512 B`, `48.2 MiB`.

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const

export const byteText = (bytes: number): string => {
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** step
  return `${value.toFixed(step === 0 || value >= 100 ? 0 : 1)} ${units[step]}`
}
