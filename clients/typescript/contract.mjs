// Makes src/contract.ts of ../owlpost.schema.json: npm run contract. With --check it compares and writes nothing.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const target = new URL("src/contract.ts", import.meta.url);
const schema = JSON.parse(await readFile(new URL("../owlpost.schema.json", import.meta.url), "utf8"));
const answer = (name) => ({ $ref: `#/$defs/${name}` });

// The compiler starts at one object and follows its members, so what is sent and what is answered become members of one.
const contract = {
  title: "Contract",
  description: "What goes over the wire.",
  type: "object",
  additionalProperties: false,
  properties: {
    sent: { title: schema.title, description: schema.description, anyOf: schema.anyOf },
    enqueued: answer("EnqueueResult"),
    told: answer("FactResult"),
    recalled: answer("RecallResult"),
    error: answer("EnqueueError"),
  },
  required: ["sent", "enqueued", "told", "recalled", "error"],
  $defs: schema.$defs,
};
const written = await compile(contract, "Contract", {
  bannerComment: "// Made of ../owlpost.schema.json by `npm run contract`: do not edit.",
  maxItems: -1,
});
if (process.argv.includes("--check")) {
  if (written !== (await readFile(target, "utf8"))) {
    console.error("src/contract.ts is not what the schema says: npm run contract");
    process.exit(1);
  }
} else {
  await writeFile(target, written);
}
