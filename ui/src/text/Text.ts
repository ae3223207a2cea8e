// The one place that decides in which language the console speaks.
import { en, type Text } from "@/text/en.ts"

export const text: Text = en
