// Words of forms, whatever they are about.
export const form = {
  required: "This is needed.",
  wholeNumber: "A whole number is needed.",
  noLabels: "At least one label is needed.",
  save: "Save",
  saving: "Saving …",
  discard: "Discard changes",
  unsaved: "Not saved yet",
  notSaved: "Not saved",
  mayNotSave: "This token may not save it. What was typed stays here until the page is left.",
  tryOut: "Try on recent jobs",
  labels: {
    remove: (label: string) => `Remove label ${label}`,
    added: (label: string) => `Added ${label}`,
    edited: (label: string) => `Change label ${label}: Enter keeps it, Escape gives it up`,
    updated: (label: string) => `Changed to ${label}`,
    removed: (label: string) => `Removed ${label}`,
    selected: (label: string) => `${label}: Enter changes it, Backspace removes it`
  },
  leave: {
    title: "Leave without saving?",
    description: "What was changed on this page is not saved, and is lost when it is left.",
    stay: "Stay",
    leave: "Leave and lose it"
  },
  overtaken: {
    title: "Somebody else has changed this since you began",
    description: "Nothing of yours is lost. Saving will ask what to do.",
    compare: "Show the difference"
  },
  conflict: {
    title: "Somebody else saved first",
    description: (clashes: number) =>
      `Nothing was saved yet. ${
        clashes === 0
          ? "No field was changed by both."
          : clashes === 1
            ? "One field was changed by both."
            : `${clashes} fields were changed by both.`
      } Keeping yours leaves what only they changed as it is now.`,
    field: "Field",
    base: "You began with",
    theirs: "Stored now",
    mine: "Yours",
    both: "changed by both",
    takeTheirs: "Take theirs",
    keepMine: "Keep mine and save",
    edit: "Edit further"
  },
  lastChange: (actor: string) => `Changed last by ${actor}`
}
