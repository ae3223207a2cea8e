import { Link } from "@tanstack/react-router"
import { Empty } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

export function NotFound() {
  return (
    <div className="grid gap-4">
      <Empty>{text.states.notFound}</Empty>
      <Button asChild variant="outline" className="justify-self-center">
        <Link to="/">{text.states.back}</Link>
      </Button>
    </div>
  )
}
