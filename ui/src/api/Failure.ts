// What went wrong with a call, as the pages show it.

export interface FieldProblem {
  readonly field: string
  readonly message: string
}

export class Failure extends Error {
  override readonly name = "Failure"
  /** The API's stable code; `unreachable` when there was no answer, `unexpected` when it was none of the contract's. */
  readonly code: string
  readonly details: ReadonlyArray<FieldProblem>

  constructor(message: string, code: string, details: ReadonlyArray<FieldProblem> = []) {
    super(message)
    this.code = code
    this.details = details
  }
}

export const unreachable = () => new Failure("runnerd cannot be reached", "unreachable")

interface ErrorBody {
  readonly error?: string
  readonly code?: string
  readonly details?: ReadonlyArray<FieldProblem>
}

/** The failure that a refusing answer tells of. */
export const failureOf = async (response: Response): Promise<Failure> => {
  const body: ErrorBody = await response.json().catch(() => ({}))
  return new Failure(
    body.error ?? `runnerd answered ${response.status}`,
    body.code ?? (response.status === 401 ? "unauthorized" : "unexpected"),
    body.details
  )
}
