// Instants as the API writes them: ISO 8601 in UTC.
import * as DateTime from "effect/DateTime"

export const time = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

export const optionalTime = (millis: number | null): string | null => (millis === null ? null : time(millis))
