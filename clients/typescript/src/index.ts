/**
 * Tells people through Owlpost. The transports are modules of their own, `owlpost/lambda` and `owlpost/sqs`, so that nobody
 * needs both clients of AWS.
 *
 *     const owlpost = new OwlpostClient(new LambdaTransport(new LambdaClient()), { producer: "nightly" });
 *     await owlpost.tell("ratings_synced", fact);
 */
export * from "./client.ts";
export * from "./contract.ts";
export * from "./errors.ts";
export type { Answer, Happened, Transport } from "./transport.ts";
