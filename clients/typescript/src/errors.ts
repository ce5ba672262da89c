/** What every error of this client is. */
export class OwlpostError extends Error {
  override name = "OwlpostError";
}

/** The request or fact was refused; trying the same again would be refused again. `field` is where the fault is. */
export class NotAccepted extends OwlpostError {
  override name = "NotAccepted";
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }

  /** A path such as `fact.app.id`. */
  get field(): string {
    return this.message.split(": ", 1)[0] ?? "";
  }
}

/** Owlpost did not answer, or could not. Try again later with the same key or fact: what was accepted is told once. */
export class Unavailable extends OwlpostError {
  override name = "Unavailable";
}
