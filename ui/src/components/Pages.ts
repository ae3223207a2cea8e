// The pages of the navigation, in its order. `key`: after `g`, it goes there.
import { GaugeIcon, ListIcon, ScrollTextIcon, WebhookIcon } from "lucide-react"
import { text } from "@/text/Text.ts"

export const pages = [
  { to: "/", label: text.nav.overview, icon: GaugeIcon, key: "o" },
  { to: "/requests", label: text.nav.requests, icon: ListIcon, key: "r" },
  { to: "/deliveries", label: text.nav.deliveries, icon: WebhookIcon, key: "d" },
  { to: "/audit", label: text.nav.audit, icon: ScrollTextIcon, key: "a" }
] as const
