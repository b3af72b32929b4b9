// Writes what a file packed by brotli holds into another: unpack.cjs PACKED UNPACKED
"use strict";

const { createReadStream, createWriteStream } = require("node:fs");
const { pipeline } = require("node:stream/promises");
const { createBrotliDecompress } = require("node:zlib");

const [packed, unpacked] = process.argv.slice(2);
pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(unpacked));
