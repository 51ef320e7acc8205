// A client in Node, whose loop of events reads and writes in turn, and waits in neither.
//
//     node client.mjs HOST:PORT NAME LINES TOTAL FILE
//
// It says hello and waits for the line `-- start --`. From then on it says LINES lines, each as
// soon as it has heard the one before. When it has heard TOTAL lines since the start, from
// everybody, it ends its stream and takes what is left. FILE gets every byte that it received.

import { open } from "node:fs/promises";
import { connect } from "node:net";

if (process.argv.length !== 7) {
  console.error("node client.mjs HOST:PORT NAME LINES TOTAL FILE");
  process.exit(1);
}
const [address, name, lines, total, path] = process.argv.slice(2);
const colon = address.lastIndexOf(":");
const file = await open(path, "w");

// Alone among the clients here, Node leaves Nagle's algorithm on: a line would wait until the line
// before it has been acknowledged.
const socket = connect({
  host: address.slice(0, colon),
  port: Number(address.slice(colon + 1)),
  noDelay: true,
});
socket.write(`hello from ${name}\n`);

let heard = null; // how many lines came since the start; null before it
let said = 0;

function hear(line) {
  if (heard !== null) heard += 1;
  else if (line === "-- start --") heard = 0;
  if ((heard === 0 || line.startsWith(`${name} `)) && said < lines) {
    // A line is one write: nobody can talk into it. It does not wait. Who sends more than a line at
    // a time has to stop when write() returns false, and to go on reading until "drain".
    said += 1;
    socket.write(`${name} ${said}\n`);
  }
  // It has no more to say, and is sent everything up to here, and then the end.
  if (heard === Number(total)) socket.end();
}

let rest = "";
for await (const chunk of socket) {
  await file.appendFile(chunk);
  // A chunk ends anywhere. As Latin-1 each byte is one character, so nothing is cut in two.
  const whole = (rest + chunk.toString("latin1")).split("\n");
  rest = whole.pop();
  whole.forEach(hear);
}
await file.close();
if (heard !== Number(total)) {
  console.error(`the stream ended after ${heard} lines since the start, not ${total}`);
  process.exitCode = 1;
}
