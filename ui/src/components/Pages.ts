// The pages of the navigation, in its order. `key`: after `g`, it goes there.
import { GaugeIcon, ListIcon } from "lucide-react"
import { text } from "@/text/Text.ts"

export const pages = [
  { to: "/", label: text.nav.overview, icon: GaugeIcon, key: "o" },
  { to: "/requests", label: text.nav.requests, icon: ListIcon, key: "r" }
] as const
