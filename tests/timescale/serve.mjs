// PostgreSQL with TimescaleDB in WebAssembly on a port of loopback: node serve.mjs FOLDER PORT, where
// FOLDER holds node_modules. Says "ready"; in memory, gone with the process.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, port] = process.argv.slice(2);
const load = async (name) =>
  import(pathToFileURL(createRequire(`${folder}/package.json`).resolve(name)));

const { PGlite } = await load("@electric-sql/pglite");
const { timescaledb } = await load("@electric-sql/pglite/timescaledb");
const { PGLiteSocketServer } = await load("@electric-sql/pglite-socket");

const db = await PGlite.create({ extensions: { timescaledb } });
const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port: Number(port) });
await server.start();
console.log("ready");
