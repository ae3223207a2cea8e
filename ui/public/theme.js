// Sets the theme before anything is painted; a file of its own, because the content security policy allows no inline scripts.
;(() => {
  let chosen = "system"
  try {
    chosen = localStorage.getItem("runnerd-theme") ?? "system"
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.classList.toggle("dark", dark)
})()
