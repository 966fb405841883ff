"use strict";
// Renders /openapi.json with text nodes only, so that nothing in it can become markup.

document.getElementById("stream").textContent =
  `curl -N '${location.origin}/v1/stream?types=SignalEmitted'`;

const METHODS = ["get", "post", "put", "delete"];

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function resolve(node, document) {
  if (!node || !node.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((found, part) => found[part], document);
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  return schema.type || "any";
}

function table(headings, rows) {
  const head = element("tr", ...headings.map((text) => element("th", text)));
  const body = rows.map((row) => element("tr", ...row.map((cell) => element("td", cell))));
  return element("table", head, ...body);
}

function operation(method, path, operation, api) {
  const summary = element("summary", element("b", method.toUpperCase()), element("code", path));
  summary.append(element("span", operation.summary));
  const parts = [summary];
  if (operation.description) parts.push(element("p", operation.description));
  const parameters = operation.parameters.map((parameter) => resolve(parameter, api));
  if (parameters.length) {
    parts.push(table(["parameter", "in", "type", ""], parameters.map((parameter) => [
      element("code", parameter.name), parameter.in, typeOf(parameter.schema), parameter.description || "",
    ])));
  }
  if (operation.requestBody) {
    const schema = Object.values(operation.requestBody.content)[0].schema;
    parts.push(element("p", "Body: ", element("code", typeOf(schema))));
  }
  parts.push(table(["status", "answer", ""], Object.entries(operation.responses).map(([status, answer]) => [
    status,
    Object.entries(answer.content).map(([media, content]) => `${media} ${typeOf(content.schema)}`).join(", "),
    answer.description,
  ])));
  return element("details", ...parts);
}

async function main() {
  const api = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = api.info.description.split("\n\n")[0];
  const operations = document.getElementById("operations");
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      operations.append(operation(method, path, item[method], api));
    }
  }
  const schemas = document.getElementById("schemas");
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    const text = JSON.stringify(schema, null, 2);
    schemas.append(element("details", element("summary", element("code", name)), element("pre", text)));
  }
}

main();
