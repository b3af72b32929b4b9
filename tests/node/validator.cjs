// Judges HTML: reads a page per line, as a JSON string, and answers each with a line of what is
// against the standard in it: [{"rule": "...", "message": "...", "where": "LINE:COLUMN"}].
"use strict";

const { createInterface } = require("node:readline");
const { HtmlValidate } = require("html-validate");

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:standard", "html-validate:document", "html-validate:a11y"],
  rules: {
    "no-implicit-button-type": "off", // the standard says what a button is without
    "require-sri": ["error", { target: "crossorigin" }],
  },
});

async function judge(html) {
  const { results } = await validator.validateString(html);
  return results
    .flatMap((result) => result.messages)
    .map(({ ruleId, message, line, column }) => ({
      rule: ruleId,
      message,
      where: `${line}:${column}`,
    }));
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await judge(JSON.parse(line))));
  }
}

main();
