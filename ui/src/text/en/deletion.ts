// Words of deleting, whatever it is.
export const deletion = {
  cancel: "Cancel",
  confirm: "Delete",
  anyway: "Delete all the same",
  inUse: "Something depends on it",
  notDeleted: "Not deleted",
  changed: "Somebody has changed it since this page was loaded. Close this, look again, and delete it then."
}
