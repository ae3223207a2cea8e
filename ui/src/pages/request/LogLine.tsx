// One line of a log, as text: its ANSI colours become the theme's, anything else that it holds stays what it is.
import Anser from "anser"

/** A line is shown up to here: a browser that lays out a megabyte in one line stands still. */
const longest = 5000

const colors: Readonly<Record<string, string>> = {
  red: "text-destructive",
  green: "text-success",
  yellow: "text-warning",
  blue: "text-info",
  cyan: "text-info",
  magenta: "text-primary"
}

const classesOf = ({ decorations, fg }: Anser.AnserJsonEntry): string =>
  [
    colors[fg?.replace(/^ansi-(bright-)?/, "") ?? ""] ?? "",
    decorations.includes("bold") ? "font-bold" : "",
    decorations.includes("dim") ? "opacity-80" : ""
  ].join(" ")

export function LogLine({ line }: { line: string }) {
  const parts = Anser.ansiToJson(line.slice(0, longest), { use_classes: true, remove_empty: true })
  return (
    <>
      {parts.map((part, index) => (
        <span key={index} className={classesOf(part)}>
          {part.content}
        </span>
      ))}
      {line.length > longest ? <span className="text-muted-foreground"> … (+{line.length - longest})</span> : null}
    </>
  )
}
