import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { OwlpostMessage } from "./contract.ts";
import { Unavailable } from "./errors.ts";
import type { Transport } from "./transport.ts";

/** Puts messages on the requests queue and does not wait: what is refused becomes a dead letter with its reason. */
export class SqsTransport implements Transport {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(client: SQSClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async send(message: OwlpostMessage, correlationId: string): Promise<null> {
    try {
      await this.#client.send(
        new SendMessageCommand({
          QueueUrl: this.#queueUrl,
          MessageBody: JSON.stringify(message),
          MessageAttributes: { correlation_id: { DataType: "String", StringValue: correlationId } },
        }),
      );
    } catch (error) {
      throw new Unavailable(`SQS did not take the message: ${String(error)}`, { cause: error });
    }
    return null;
  }
}
