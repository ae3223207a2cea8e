// How far back the overview's charts may look: part of the page's address.
import type { SearchSchemaInput } from "@tanstack/react-router"

export const hoursShown = [1, 6, 24, 168] as const
export type Hours = (typeof hoursShown)[number]

export const isHours = (value: unknown): value is Hours => hoursShown.some((each) => each === value)

export const hoursOf = ({ hours }: { readonly hours?: unknown } & SearchSchemaInput): { readonly hours: Hours } => ({
  hours: isHours(hours) ? hours : 6
})
