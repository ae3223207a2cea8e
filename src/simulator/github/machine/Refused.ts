// How the machine says no.
//
// Answers for: one error type with GitHub's status and message. Gotcha: rest/ turns it into GitHub's body; an error
// of another type is a bug of the simulator and becomes a 500.

/** GitHub's answer to a call that it refuses. */
export class Refused extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = "Refused"
    this.status = status
    this.headers = headers
  }
}

/** 404: not there, or not for you. GitHub makes no difference. */
export const notFound = (): Refused => new Refused(404, "Not Found")
