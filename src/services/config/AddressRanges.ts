// Addresses and ranges of addresses, as proxies are named by them.
//
// Answers for: `192.0.2.1`, `10.0.0.0/8`, `2001:db8::/32`. Not for who is in them (http/ClientAddress.ts).
import { isIP } from "node:net"
import { show } from "./ConfigReport.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import type { AddressRange } from "./RunnerdConfig.ts"

const parse = (entry: string): AddressRange | undefined => {
  const [address = "", length, ...rest] = entry.split("/")
  const longest = isIP(address) === 6 ? 128 : 32
  if (isIP(address) === 0 || address.includes("%") || rest.length > 0) return undefined
  if (length === undefined) return { address, bits: longest }
  return /^\d{1,3}$/.test(length) && Number(length) <= longest ? { address, bits: Number(length) } : undefined
}

/** Undefined when an entry is wrong, which has been reported then. */
export const parseAddressRanges = (
  path: string,
  entries: ReadonlyArray<string> | undefined,
  report: ConfigReport
): ReadonlyArray<AddressRange> | undefined => {
  const ranges = (entries ?? []).flatMap((entry, index) => {
    const range = parse(entry)
    if (range !== undefined) return [range]
    report.add(`${path}[${index}]`, `${show(entry)} is not accepted; expected an address or a range, as 10.0.0.0/8`)
    return []
  })
  return ranges.length === entries?.length ? ranges : undefined
}
