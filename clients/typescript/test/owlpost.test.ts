// Run by tests/integration/laptop/test_typescript.py against a running laptop, which hands over its addresses and a team.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type EnqueueRequest, NotAccepted, OwlpostClient, type RatingsSynced, Unavailable } from "../src/index.ts";
import { LambdaTransport } from "../src/lambda.ts";
import { SqsTransport } from "../src/sqs.ts";

const laptop = { lambda: given("OWLPOST_LAMBDA_URL"), sqs: given("OWLPOST_SQS_URL") };
const account = { region: "us-east-1", credentials: { accessKeyId: "laptop", secretAccessKey: "laptop" } };
const lambda = new LambdaClient({ endpoint: laptop.lambda, ...account });
const sqs = new SQSClient({ endpoint: laptop.sqs, ...account });
const owlpost = new OwlpostClient(new LambdaTransport(lambda), { producer: "typescript" });

after(() => [lambda.destroy(), sqs.destroy()]);

function given(variable: string): string {
  const value = process.env[variable];
  assert.ok(value, `${variable} is not set`);
  return value;
}

function request(changes: Partial<EnqueueRequest> = {}): EnqueueRequest {
  return { type: "feedback.new", recipients: { team_id: given("OWLPOST_TEAM") }, title: "From TypeScript", ...changes };
}

function ratings(after: number, sync_id: string = randomUUID()): RatingsSynced {
  const app = { id: randomUUID(), name: "Pocket Atlas", project_id: randomUUID(), team_id: given("OWLPOST_TEAM") };
  return { sync_id, app, before: { us: 1 }, after: { us: after }, average_rating: 4.5 };
}

test("a request is answered with what was stored", async () => {
  const answer = await owlpost.notify(request({ body: "Zoë: “love it” 🦉" }));
  assert.equal(answer?.notifications, 2);
  assert.equal(answer?.deliveries["in_app"], 2);
  assert.match(answer?.request_id ?? "", /^[0-9a-f-]{36}$/);
});

test("the same key tells nobody twice, and another body under it is not accepted", async () => {
  const told = request({ idempotency_key: randomUUID() });
  const first = await owlpost.notify(told);
  const again = await owlpost.notify(told);
  assert.deepEqual([again?.duplicate, again?.request_id], [true, first?.request_id]);
  await assert.rejects(owlpost.notify({ ...told, title: "Another" }), (error) => {
    assert.ok(error instanceof NotAccepted);
    assert.equal(error.kind, "IdempotencyConflict");
    return true;
  });
});

test("what is refused names its field", async () => {
  await assert.rejects(owlpost.notify(request({ title: "" })), { name: "NotAccepted", field: "title" });
  const bad = { ...ratings(3), surprise: 1 } as RatingsSynced;
  await assert.rejects(owlpost.tell("ratings_synced", bad), { name: "NotAccepted", field: "fact.surprise" });
});

test("a fact is told once, and a silent one says why", async () => {
  const fact = ratings(3);
  const told = await owlpost.tell("ratings_synced", fact);
  assert.deepEqual(told?.requests.map((each) => each.notifications), [2]);
  const again = await owlpost.tell("ratings_synced", fact);
  assert.deepEqual(again?.requests.map((each) => each.duplicate), [true]);
  const silent = await owlpost.tell("ratings_synced", ratings(1));
  assert.deepEqual([silent?.requests, silent?.silent], [[], "the count did not grow"]);
});

test("a request for later can be taken back by its key", async () => {
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const told = request({ title: "For later", idempotency_key: randomUUID(), not_before: later });
  await owlpost.notify(told);
  const recalled = await owlpost.cancel(told.idempotency_key ?? "", told.type);
  assert.equal(recalled?.requests, 1);
  assert.deepEqual(recalled?.already_out, {});
});

test("over SQS nobody waits for the answer", async () => {
  const queued = new OwlpostClient(new SqsTransport(sqs, given("OWLPOST_QUEUE_URL")));
  assert.equal(await queued.notify(request({ title: "From TypeScript by SQS", idempotency_key: randomUUID() })), null);
});

test("an answer that is lost is asked for again under the same key", async () => {
  const keys: string[] = [];
  const flaky = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      keys.push(JSON.parse(Buffer.concat(chunks).toString()).idempotency_key);
      if (keys.length < 3) outgoing.writeHead(200, { "X-Amz-Function-Error": "Unhandled" });
      outgoing.end(JSON.stringify(keys.length < 3 ? { errorType: "Sandbox.Timedout", errorMessage: "late" } : { notifications: 1 }));
    });
  });
  await new Promise<void>((listening) => flaky.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(flaky.address() as AddressInfo).port}`;
  const client = new LambdaClient({ endpoint, ...account });
  try {
    const answer = await new OwlpostClient(new LambdaTransport(client), { pauseMs: 1 }).notify(request());
    assert.equal(answer?.notifications, 1);
    assert.equal(new Set(keys).size, 1);
    keys.length = 0;
    await assert.rejects(new OwlpostClient(new LambdaTransport(client), { attempts: 2, pauseMs: 1 }).notify(request()), Unavailable);
  } finally {
    client.destroy();
    flaky.close();
  }
});
