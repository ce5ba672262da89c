import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { EnqueueRequest, EnqueueResult, FactResult, OwlpostMessage, RecallResult } from "./contract.ts";
import { Unavailable } from "./errors.ts";
import type { Answer, Happened, Transport } from "./transport.ts";

export interface ClientOptions {
  /** The name of the system that sends; it is added to what names none. */
  producer?: string;
  /** Attempts in all, where Owlpost does not answer. */
  attempts?: number;
  /** Milliseconds before the second attempt; each further pause is twice as long, and drawn by lot up to that. */
  pauseMs?: number;
}

export interface CallOptions {
  /** What Owlpost logs in each line about the call; made for each call that gives none. */
  correlationId?: string;
}

type FactOf<Name extends Happened["happened"]> = Extract<Happened, { happened: Name }>["fact"];

/**
 * Sends requests and facts. The answer is null where the transport does not wait for it (SQS).
 *
 * Every attempt of a call carries the same key, so no repeat tells anybody twice: a request without an `idempotency_key` gets
 * one for the call, and the key of a fact is made of the fact. Rejects with NotAccepted or Unavailable.
 */
export class OwlpostClient {
  readonly #transport: Transport;
  readonly #options: Required<Omit<ClientOptions, "producer">> & Pick<ClientOptions, "producer">;

  constructor(transport: Transport, options: ClientOptions = {}) {
    this.#transport = transport;
    this.#options = { attempts: 3, pauseMs: 200, ...options };
  }

  /** Notify the recipients of the request. Give it a key made of what happened: then a job that runs again tells nobody twice. */
  async notify(request: EnqueueRequest, options: CallOptions = {}): Promise<EnqueueResult | null> {
    return (await this.#send({ idempotency_key: randomUUID(), ...request }, options)) as EnqueueResult | null;
  }

  /** Tell what happened; Owlpost finds the words and the people, or says why it is silent. */
  async tell<Name extends Happened["happened"]>(
    happened: Name,
    fact: FactOf<Name>,
    options: CallOptions = {},
  ): Promise<FactResult | null> {
    return (await this.#send({ happened, fact } as Happened, options)) as FactResult | null;
  }

  /**
   * Take a request of your own back, by its key and type: what has not gone out is stopped, and its rows leave the inbox.
   * Resolves to how many were stopped and how many were out already.
   */
  async cancel(idempotencyKey: string, type: EnqueueRequest["type"], options: CallOptions = {}): Promise<RecallResult | null> {
    return (await this.#send({ cancel: idempotencyKey, type }, options)) as RecallResult | null;
  }

  async #send(message: OwlpostMessage, { correlationId = randomUUID() }: CallOptions): Promise<Answer | null> {
    const { producer, attempts, pauseMs } = this.#options;
    const named: OwlpostMessage = producer === undefined ? message : { producer, ...message };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transport.send(named, correlationId);
      } catch (error) {
        if (!(error instanceof Unavailable) || attempt >= attempts) throw error;
        await pause(Math.random() * pauseMs * 2 ** attempt);
      }
    }
  }
}
