// Reads the AsyncAPI documents named as arguments with the official parser, and writes what it has
// against each: {"FILE": [{"severity": 0, "message": "...", "path": [...]}]}; 0 is an error.
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

async function judged(file) {
  const { diagnostics } = await new Parser().parse(readFileSync(file, "utf-8"));
  return diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path }));
}

async function main(files) {
  const found = {};
  for (const file of files) found[file] = await judged(file);
  process.stdout.write(JSON.stringify(found));
}

main(process.argv.slice(2));
