import type { EnqueueResult, FactResult, OwlpostMessage, RecallResult } from "./contract.ts";

/** What happened, by its name on the wire. */
export type Happened = Extract<OwlpostMessage, { happened: string }>;
export type Answer = EnqueueResult | FactResult | RecallResult;

/** One attempt. Rejects with NotAccepted or Unavailable. Resolves to null where the transport does not wait for an answer. */
export interface Transport {
  send(message: OwlpostMessage, correlationId: string): Promise<Answer | null>;
}
