import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { EnqueueError, OwlpostMessage } from "./contract.ts";
import { NotAccepted, Unavailable } from "./errors.ts";
import type { Answer, Transport } from "./transport.ts";

export const ENQUEUE_FUNCTION = "owlpost-enqueue";
const REFUSED = new Set(["InvalidRequest", "IdempotencyConflict"]);

/** Invokes the enqueue function and waits for its answer. */
export class LambdaTransport implements Transport {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string = ENQUEUE_FUNCTION) {
    this.#client = client;
    this.#functionName = functionName;
  }

  async send(message: OwlpostMessage, correlationId: string): Promise<Answer> {
    const context = JSON.stringify({ custom: { correlation_id: correlationId } });
    const [failed, payload] = await this.#invoke({
      FunctionName: this.#functionName,
      Payload: new TextEncoder().encode(JSON.stringify(message)),
      ClientContext: Buffer.from(context).toString("base64"),
    });
    if (!failed) return payload as Answer;
    const { errorType, errorMessage } = payload as EnqueueError;
    if (REFUSED.has(errorType)) throw new NotAccepted(errorType, errorMessage);
    throw new Unavailable(`${errorType}: ${errorMessage}`);
  }

  async #invoke(input: InvokeCommand["input"]): Promise<[boolean, unknown]> {
    try {
      const response = await this.#client.send(new InvokeCommand(input));
      return [response.FunctionError !== undefined, JSON.parse(new TextDecoder().decode(response.Payload))];
    } catch (error) {
      throw new Unavailable(`Lambda did not answer: ${String(error)}`, { cause: error });
    }
  }
}
