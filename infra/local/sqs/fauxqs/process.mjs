/**
 * fauxqs as the laptop's SQS: `node process.mjs PORT`. It ends when it is told to, or when its launcher lets go of its stdin.
 *
 * It stays within the door of the laptop, keeps beside a message what SQS keeps there, and has nothing but SQS. All is in
 * memory: its store on disk loses a message whose visibility is set to 0 (2.4.1).
 */

import { buildApp } from "fauxqs";

import { refusal } from "./door.mjs";

// Not exported; a file of its package all the same, whose version is locked.
const inside = (file) => import(new URL(`./node_modules/fauxqs/dist/${file}`, import.meta.url).href);
const { SqsQueue, SqsStore } = await inside("sqs/sqsStore.js");
const { SnsStore } = await inside("sns/snsStore.js");
const { S3Store } = await inside("s3/s3Store.js");
const { INVALID_MESSAGE_BODY_CHAR } = await inside("sqs/sqsTypes.js");

const HOST = "127.0.0.1";
const JSON_OF_AWS = "application/x-amz-json-1.0";

// fauxqs reads a body by UTF-16 units and refuses each emoji; SQS takes #x10000 to #x10FFFF.
INVALID_MESSAGE_BODY_CHAR.compile("[^\\x09\\x0A\\x0D\\x20-\\uD7FF\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]", "u");

/** What the sender said beside a message, by the message's attributes: the only part that fauxqs hands on as it is. */
const besides = new WeakMap();

/** Remember the trace header of the call, and the group, which fauxqs drops on a standard queue. */
function remember(request) {
  const trace = request.headers["x-amzn-trace-id"];
  for (const message of request.body.Entries ?? [request.body]) {
    message.MessageAttributes ??= {};
    besides.set(message.MessageAttributes, { group: message.MessageGroupId, trace });
  }
}

/** Add the trace header to the messages of an answer, if their receiver asked for all attributes or for this one. */
function addTrace(request, answer, store) {
  const asked = [...(request.body.MessageSystemAttributeNames ?? []), ...(request.body.AttributeNames ?? [])];
  if (!asked.includes("All") && !asked.includes("AWSTraceHeader")) {
    return;
  }
  const queue = store.getQueue(request.body.QueueUrl);
  for (const message of answer.Messages ?? []) {
    const trace = queue.inflightMessages.get(message.ReceiptHandle)?.message.trace;
    if (trace) {
      message.Attributes = { ...message.Attributes, AWSTraceHeader: trace };
    }
  }
}

const { enqueue } = SqsQueue.prototype;
SqsQueue.prototype.enqueue = function (message) {
  const { group, trace } = besides.get(message.messageAttributes) ?? {};
  message.messageGroupId ??= group;
  message.trace ??= trace;
  return enqueue.call(this, message);
};

const store = new SqsStore();
store.host = ""; // so that the URLs of queues have the address by which they are asked for
const app = buildApp({ logger: false, stores: { sqsStore: store, snsStore: new SnsStore(), s3Store: new S3Store() } });

app.addHook("onRequest", async (request, reply) => {
  const why = refusal(request.headers);
  if (why) {
    return reply.code(403).type("text/plain").send(why);
  }
  const isSqs = request.method === "POST" && request.headers["content-type"]?.startsWith(JSON_OF_AWS);
  if (!isSqs && request.url !== "/health") {
    return reply.code(404).type("text/plain").send("Here is SQS alone, by its JSON protocol.");
  }
});
app.addHook("preHandler", async (request) => {
  if (request.headers["x-amz-target"]?.startsWith("AmazonSQS.SendMessage")) {
    remember(request);
  }
});
app.addHook("preSerialization", async (request, _reply, answer) => {
  if (request.headers["x-amz-target"] === "AmazonSQS.ReceiveMessage") {
    addTrace(request, answer, store);
  }
  return answer;
});

async function end() {
  await app.close();
  process.exit(0);
}

process.on("SIGTERM", end);
process.stdin.on("end", end).resume();
await app.listen({ host: HOST, port: Number(process.argv[2]) });
